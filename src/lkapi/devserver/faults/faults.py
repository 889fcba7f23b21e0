"""Simulated faults, which a test sets for the following calls."""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import attrs

from lkapi._words import nearest
from lkapi.devserver.http.responses import error_response
from lkapi.devserver.http.routes import TWIRP
from lkapi.devserver.telephony.sip_errors import sip_status_error
from lkapi.errors import APIError
from lkapi.errors.api import HTTP_STATUS
from lkapi.errors.base import hides_locals
from lkapi.errors.error_response import read_error_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lkapi.transports.base import Response

__all__ = ["Fault", "Faults", "SeenCall"]

_MAX_KEPT: Final = 10_000
_REGION: Final = re.compile(r"region-[0-9]+")

Drop: TypeAlias = Literal["connect", "before", "after"]


def _check_method(_fault: object, _field: object, method: str) -> None:
    if not method or (method.startswith("/") and not method.startswith(TWIRP)):
        return
    from lkapi.methods import all_methods

    known = {name for row in all_methods() for name in (row.name, str(row))}
    short = method.removeprefix(TWIRP)
    if short not in known:
        like = (
            nearest(short, known) or ": write one like 'CreateRoom', or a path that begins with /"
        )
        raise ValueError(f"there is no method {method!r}{like}")
    if short != method:
        raise ValueError(f"name a method without {TWIRP!r}: write {short!r}")


def _check_code(_fault: object, _field: object, code: str) -> None:
    if code and code not in HTTP_STATUS:
        raise ValueError(f"there is no Twirp code {code!r}{nearest(code, HTTP_STATUS)}")


def _check_status(_fault: object, _field: object, status: int | None) -> None:
    if status is not None and not 200 <= status < 600:
        raise ValueError(f"status must be 200 to 599, not {status}")


def _check_sip_status(_fault: object, _field: object, status: int | None) -> None:
    if status is not None and not 100 <= status < 700:
        raise ValueError(f"sip_status must be 100 to 699, not {status}")


def _check_delay(_fault: object, _field: object, delay: float) -> None:
    if not 0 <= delay < float("inf"):
        raise ValueError(f"delay must be 0 seconds or more, not {delay}")


def _check_drop(_fault: object, _field: object, drop: str | None) -> None:
    if drop not in (None, *get_args(Drop)):
        raise ValueError(f"drop must be 'connect', 'before' or 'after', not {drop!r}")


def _check_truncate(_fault: object, _field: object, length: int | None) -> None:
    if length is not None and length < 0:
        raise ValueError(f"truncate must be 0 bytes or more, not {length}")


@attrs.frozen(kw_only=True)
class Fault:
    """One fault; fields may be combined.

    Raises:
        TypeError: there is no such field.
        ValueError: a field has a value with which the fault could never apply.
    """

    method: str = attrs.field(default="", validator=_check_method)
    """``RoomService/CreateRoom``, ``CreateRoom``, ``/settings/regions``; empty for every call."""
    regions: frozenset[int] | None = None
    """Regions it applies to, by position; None for all."""
    status: int | None = attrs.field(default=None, validator=_check_status)
    """Respond with this HTTP status, without acting."""
    code: str = attrs.field(default="", validator=_check_code)
    """Twirp code for the error; derived from the status if empty."""
    message: str = "a simulated fault"
    meta: Mapping[str, str] = attrs.field(factory=dict[str, str])
    sip_status: int | None = attrs.field(default=None, validator=_check_sip_status)
    """Respond with the error for this SIP status, 486 for busy, without acting."""
    sip_reason: str = ""
    """Reason phrase of the far end."""
    response: Response | None = None
    """Respond with exactly this, the HTML page of a proxy for example, without acting."""
    delay: float = attrs.field(default=0.0, validator=_check_delay)
    """Seconds before the response."""
    drop: Drop | None = attrs.field(default=None, validator=_check_drop)
    """Close the connection without a response: before the server acted, or after.

    ``connect`` refuses the connection: the in-process transport raises ``ConnectError``. Front ends
    on sockets have already accepted it, so they act as for ``before``.
    """
    truncate: int | None = attrs.field(default=None, validator=_check_truncate)
    """Send only this many bytes of the body, then close the connection."""

    @property
    def has_effect(self) -> bool:
        """Whether it changes anything for a call."""
        answers = (self.status, self.sip_status, self.response, self.truncate)
        return bool(self.delay or self.drop) or any(answer is not None for answer in answers)

    def make_response(self) -> Response | None:
        """The response instead of the server's; None to let the server act."""
        if self.response is not None:
            return self.response
        if self.sip_status is not None:
            return error_response(sip_status_error(self.sip_status, self.sip_reason))
        if self.status is None:
            return None
        code = self.code or read_error_response(self.status, {}, b"").code
        return error_response(
            APIError(code, self.message, status=self.status, metadata=dict(self.meta))
        )

    def concerns(self, method: str, region: int) -> bool:
        """Whether the fault applies to a call."""
        named = self.method in ("", method, method.rpartition("/")[2])
        return named and (self.regions is None or region in self.regions)


if not TYPE_CHECKING:  # its constructor suggests names for misspelt ones
    Fault.__init__ = hides_locals(Fault.__init__)


@attrs.frozen
class SeenCall:
    """A call that reached the server."""

    method: str
    region: int
    request_id: str
    acted: bool
    """Whether the server itself handled the call, successfully or with an error."""


class Faults:
    """The faults of a server, applied in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, int | None]] = []
        self._pinned: tuple[str, ...] = ()
        self.seen: deque[SeenCall] = deque(maxlen=_MAX_KEPT)
        """Calls that reached the server, oldest first."""

    def fail_once(self, **fields: Any) -> None:
        """Apply a fault to the next call that matches; the fields are those of ``Fault``."""
        self.add(Fault(**fields), times=1)

    def fail(self, times: int | None = None, **fields: Any) -> None:
        """Apply a fault to a number of calls, or to every call until ``clear``."""
        self.add(Fault(**fields), times=times)

    def add(self, fault: Fault, *, times: int | None = None) -> None:
        """Add a fault; ``times=None`` keeps it until ``clear``.

        Raises:
            ValueError: it has no effect, or ``times`` is below 1.
        """
        if not fault.has_effect:
            raise ValueError(
                "this fault has no effect: give status, sip_status, response, delay, drop "
                "or truncate"
            )
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, not {times}: leave it out for every call")
        with self._lock:
            self._faults.append((fault, times))

    @property
    def pending(self) -> tuple[tuple[Fault, int | None], ...]:
        """The faults that are set, each with the number of calls left; None for every call."""
        with self._lock:
            return tuple(self._faults)

    def pin(self, *regions: str) -> None:
        """Allow the project in these regions only: others respond with 451.

        Args:
            regions: ``region-0`` is the first one; without regions, all are allowed again.
        """
        for region in regions:
            if not _REGION.fullmatch(region):
                raise ValueError(f"{region!r} is not a region here: write 'region-0' for the first")
        self._pinned = regions

    @property
    def pinned(self) -> tuple[str, ...]:
        """Names of the allowed regions; empty for all."""
        return self._pinned

    def clear(self) -> None:
        """Remove every fault and pin."""
        with self._lock:
            self._faults.clear()
        self._pinned = ()

    def take(self, method: str, region: int) -> Fault | None:
        """The fault that applies to a call; this uses up one of its calls."""
        with self._lock:
            for index, (fault, times) in enumerate(self._faults):
                if fault.concerns(method, region):
                    if times is None:
                        return fault
                    left = [] if times <= 1 else [(fault, times - 1)]
                    self._faults[index : index + 1] = left
                    return fault
        return None

    def count(self, method: str = "") -> int:
        """How many calls of a method, or in total, the server handled; named as in ``Fault``."""
        counted = Fault(method=method)
        return sum(seen.acted and counted.concerns(seen.method, 0) for seen in _copy(self.seen))


def _copy(seen: Iterable[SeenCall]) -> list[SeenCall]:
    return list(seen)
