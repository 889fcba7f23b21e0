"""Faults on purpose, which a test sets for the calls that follow."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from lkapi.devserver.http.responses import error_response
from lkapi.devserver.telephony.sip_errors import sip_status_error
from lkapi.errors import APIError
from lkapi.errors.error_response import read_error_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lkapi.transports.base import Response

__all__ = ["Fault", "Faults", "SeenCall"]

_MAX_KEPT: Final = 10_000


@attrs.frozen(kw_only=True)
class Fault:
    """One fault; fields may be combined."""

    method: str = ""
    """``RoomService/CreateRoom``, ``CreateRoom``, ``/settings/regions``; empty for every call."""
    regions: frozenset[int] | None = None
    """Regions it applies to, by position; None for all."""
    status: int | None = None
    """Respond with this HTTP status, without acting."""
    code: str = ""
    """Twirp code beside the status; from the status when empty."""
    message: str = "a fault on purpose"
    meta: Mapping[str, str] = attrs.field(factory=dict[str, str])
    sip_status: int | None = None
    """Respond with the error of this SIP status, 486 for busy, without acting."""
    sip_reason: str = ""
    """Reason phrase of the far end."""
    response: Response | None = None
    """Respond with exactly this, the HTML page of a proxy for example, without acting."""
    delay: float = 0.0
    """Seconds before the response."""
    drop: Literal["connect", "before", "after"] | None = None
    """Close the connection without a response: before the server acted, or after.

    ``connect`` refuses the connection: the in-process transport raises ``ConnectError``;
    front ends on sockets, which have accepted it by then, do as for ``before``.
    """
    truncate: int | None = None
    """Send only so many bytes of the body, then close the connection."""

    def make_response(self) -> Response | None:
        """The response in place of the server's; None to let the server act."""
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


@attrs.frozen
class SeenCall:
    """A call that reached the server."""

    method: str
    region: int
    request_id: str
    acted: bool
    """Whether the server itself served the call, successfully or with an error."""


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
        """Apply a fault to so many calls, or to every one until ``clear``."""
        self.add(Fault(**fields), times=times)

    def add(self, fault: Fault, *, times: int | None = None) -> None:
        """Add a fault; ``times=None`` keeps it until ``clear``."""
        with self._lock:
            self._faults.append((fault, times))

    @property
    def pending(self) -> tuple[tuple[Fault, int | None], ...]:
        """The faults that are set, each with the calls it still applies to; None for every one."""
        with self._lock:
            return tuple(self._faults)

    def pin(self, *regions: str) -> None:
        """Allow the project in these regions only: others respond with 451; no name lifts it."""
        self._pinned = regions

    @property
    def pinned(self) -> tuple[str, ...]:
        """Names of the regions allowed; empty for all."""
        return self._pinned

    def clear(self) -> None:
        """Forget every fault and pin."""
        with self._lock:
            self._faults.clear()
        self._pinned = ()

    def take(self, method: str, region: int) -> Fault | None:
        """The fault that applies to a call, counted down."""
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
        """Calls of a method, or of all, that the server acted upon."""
        return sum(seen.acted and method in ("", seen.method) for seen in _copy(self.seen))


def _copy(seen: Iterable[SeenCall]) -> list[SeenCall]:
    return list(seen)
