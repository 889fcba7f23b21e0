"""Hand-written properties of generated messages, attached by ``codegen/config.py``.

LiveKit's fields count times in seconds, milliseconds or nanoseconds. The properties called
``…_time`` return all of them as aware datetimes, or None if the server has not set them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Protocol

__all__ = [
    "CallTimes",
    "CreatedTime",
    "DispatchTimes",
    "EgressOutcome",
    "JoinedTime",
    "RoomTime",
    "StartEndTimes",
    "UpdatedTimes",
]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_COMPLETE, _FAILED, _ABORTED, _LIMIT_REACHED = 3, 4, 5, 6  # of EgressStatus


def _from_seconds(value: int) -> dt.datetime | None:
    return _EPOCH + dt.timedelta(seconds=value) if value else None


def _from_millis(value: int) -> dt.datetime | None:
    return _EPOCH + dt.timedelta(milliseconds=value) if value else None


def _from_nanos(value: int) -> dt.datetime | None:
    return _EPOCH + dt.timedelta(microseconds=value // 1000) if value else None


class StartEndTimes:
    """``started_at`` and ``ended_at`` in nanoseconds, as datetimes."""

    __slots__ = ()

    if TYPE_CHECKING:
        started_at: int
        ended_at: int

    @property
    def started_time(self) -> dt.datetime | None:
        """When it started, None if it has not."""
        return _from_nanos(self.started_at)

    @property
    def ended_time(self) -> dt.datetime | None:
        """When it ended, None if it has not."""
        return _from_nanos(self.ended_at)


class UpdatedTimes(StartEndTimes):
    """``started_at``, ``ended_at`` and ``updated_at`` in nanoseconds, as datetimes."""

    __slots__ = ()

    if TYPE_CHECKING:
        updated_at: int

    @property
    def updated_time(self) -> dt.datetime | None:
        """When it last changed, None if the server has not set it."""
        return _from_nanos(self.updated_at)


class _HasStatus(Protocol):
    @property
    def status(self) -> int: ...


class EgressOutcome(UpdatedTimes):
    """Whether an egress has ended, and whether it succeeded."""

    __slots__ = ()

    @property
    def is_terminal(self: _HasStatus) -> bool:
        """Whether it has ended, successfully or not: the status will not change any more."""
        return self.status in {_COMPLETE, _FAILED, _ABORTED, _LIMIT_REACHED}

    @property
    def succeeded(self: _HasStatus) -> bool:
        """Whether its output exists: it is complete, or was stopped by a limit."""
        return self.status in {_COMPLETE, _LIMIT_REACHED}


class DispatchTimes:
    """``created_at`` and ``deleted_at`` in nanoseconds, as datetimes."""

    __slots__ = ()

    if TYPE_CHECKING:
        created_at: int
        deleted_at: int

    @property
    def created_time(self) -> dt.datetime | None:
        """When the dispatch was created, None if the server has not set it."""
        return _from_nanos(self.created_at)

    @property
    def deleted_time(self) -> dt.datetime | None:
        """When it was deleted, None if it was not."""
        return _from_nanos(self.deleted_at)


class CreatedTime:
    """``created_at`` in seconds, as a datetime."""

    __slots__ = ()

    if TYPE_CHECKING:
        created_at: int

    @property
    def created_time(self) -> dt.datetime | None:
        """When it was created, None if the server has not set it."""
        return _from_seconds(self.created_at)


class RoomTime:
    """The time of creation, to the millisecond if the server sends that."""

    __slots__ = ()

    if TYPE_CHECKING:
        creation_time: int
        creation_time_ms: int

    @property
    def created_time(self) -> dt.datetime | None:
        """When the room was created, None if the server has not set it."""
        return _from_millis(self.creation_time_ms) or _from_seconds(self.creation_time)


class JoinedTime:
    """The time of joining, to the millisecond if the server sends that."""

    __slots__ = ()

    if TYPE_CHECKING:
        joined_at: int
        joined_at_ms: int

    @property
    def joined_time(self) -> dt.datetime | None:
        """When the participant joined, None if the server has not set it."""
        return _from_millis(self.joined_at_ms) or _from_seconds(self.joined_at)


class CallTimes:
    """The times of a phone call, from their nanoseconds."""

    __slots__ = ()

    if TYPE_CHECKING:
        created_at_ns: int
        started_at_ns: int
        ended_at_ns: int

    @property
    def created_time(self) -> dt.datetime | None:
        """When the call was placed or came in, None if the server has not set it."""
        return _from_nanos(self.created_at_ns)

    @property
    def started_time(self) -> dt.datetime | None:
        """When the callee picked up, None if that has not happened."""
        return _from_nanos(self.started_at_ns)

    @property
    def ended_time(self) -> dt.datetime | None:
        """When it ended, None if it has not."""
        return _from_nanos(self.ended_at_ns)
