"""The log of the API calls that this console made, kept in memory."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo

__all__ = ["CallLog", "LoggedCall"]

_MAX_ACTIONS: Final = 500
_MAX_READS: Final = 200

Origin = Literal["action", "read"]


@attrs.frozen(kw_only=True)
class LoggedCall:
    """One call. Requests and responses are kept as messages, whose text masks their secrets."""

    number: int
    at: float
    """Unix time."""
    row: MethodInfo[Any, Any]
    request: Message = attrs.field(repr=False)
    origin: Origin
    """``action`` for calls by a person, ``read`` for what the console reads by itself."""
    response: Message | None = attrs.field(default=None, repr=False)
    status: int | None = None
    """HTTP status of the last response; None if there was none."""
    error: str = ""
    seconds: float = 0.0
    attempts: tuple[str, ...] = ()
    """Each attempt in words."""
    request_id: str = ""
    shown: tuple[tuple[str, str], ...] = ()
    """The same as code (labels and texts), if row and request are not enough to write it."""

    @property
    def failed(self) -> bool:
        """Whether it raised."""
        return bool(self.error)


class CallLog:
    """The last calls; calls by people are not pushed out by the console's own reads."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._actions: deque[LoggedCall] = deque(maxlen=_MAX_ACTIONS)
        self._reads: deque[LoggedCall] = deque(maxlen=_MAX_READS)
        self.version = 0
        """Raised by each call of a person."""

    def next_number(self) -> int:
        """The number of a call that begins."""
        return next(self._numbers)

    def add(self, call: LoggedCall) -> None:
        """Keep a finished call."""
        if call.origin == "action":
            self._actions.append(call)
            self.version += 1
        else:
            self._reads.append(call)

    def newest(self, *, reads: bool = False) -> Iterator[LoggedCall]:
        """The calls, newest first."""
        kept = [*self._actions, *self._reads] if reads else [*self._actions]
        yield from sorted(kept, key=lambda call: call.number, reverse=True)

    def find(self, number: int) -> LoggedCall | None:
        """The call of a number, if it is still kept."""
        kept = itertools.chain(self._actions, self._reads)
        return next((call for call in kept if call.number == number), None)
