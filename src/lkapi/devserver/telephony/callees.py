"""Simulated callees: what happens when a number is dialled or a call is transferred to it.

A number without settings answers at once. In the recordings a stub decided this, not the server;
the server's errors for it are in ``sip_errors``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.snapshots.values import write_time
from lkapi.devserver.telephony.number_format import called_number
from lkapi.devserver.telephony.sip_errors import sip_status_error
from lkapi.errors import APIError, InternalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["DECLINED", "NO_ANSWER", "Callee", "Callees", "refusing_callee"]

BUSY: Final = (486, "Busy Here")
DECLINED: Final = (603, "Decline")
NO_ANSWER: Final = (408, "Request Timeout")
UNKNOWN_NUMBER: Final = (404, "Not Found")


@attrs.frozen(kw_only=True)
class Callee:
    """The behaviour of one number."""

    status: int = 200
    """Final SIP status; 200 when the callee answers."""
    reason: str = ""
    """Reason phrase that the far end sends with a status."""
    rings: float = 0.0
    """Seconds until then, on the world's clock."""
    broken: str = ""
    """Text of a failure of the SIP service itself, which has no SIP status."""

    @property
    def answers(self) -> bool:
        """Whether the callee picks up."""
        return 200 <= self.status < 300 and not self.broken

    def refusal(self, server_version: str = "") -> APIError:
        """The error that the API's caller gets if the callee does not pick up."""
        if self.broken:
            return inner_error(InternalError, "internal", self.broken)
        return call_error(self.status, self.reason, server_version)

    def save(self) -> dict[str, Any]:
        """The callee as part of a snapshot."""
        return {**attrs.asdict(self), "rings": write_time(self.rings)}

    @classmethod
    def load(cls, saved: Saved) -> Callee:
        """Read what ``save`` wrote.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        return cls(
            status=saved.at("status").integer(),
            reason=saved.at("reason").text(),
            rings=saved.at("rings").time(),
            broken=saved.at("broken").text(),
        )


def call_error(status: int, reason: str = "", server_version: str = "") -> APIError:
    """The error for a SIP status, with the recorded text of calls and transfers."""
    error = sip_status_error(status, reason, server_version=server_version)
    phrase = reason or error.metadata["sip_status"].removeprefix("SIP_STATUS_")
    worded = inner_error(type(error), error.code, f"sip status {status}: {phrase}")
    worded.metadata = error.metadata
    return worded


def refusing_callee(status: int, reason: str = "") -> Callee:
    """A callee whose calls end with a SIP status.

    Raises:
        ValueError: for a status that is not a failure (300 to 699).
    """
    if not 300 <= status < 700:
        raise ValueError(f"{status} is not the SIP status of a failed call: 300 to 699")
    return Callee(status=status, reason=reason)


class Callees:
    """How the numbers of a world behave if they are called."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._by_number: dict[str, Callee] = {}
        self.default = Callee()
        """How all other numbers behave; they answer at once."""

    def set(self, number: str, callee: Callee) -> None:
        """Set how a number behaves; a ``tel:`` or ``sip:`` URI stands for its number."""
        with self._runtime.lock:
            self._by_number[called_number(number)] = callee

    def find(self, number: str) -> Callee:
        """How a number behaves."""
        with self._runtime.lock:
            return self._by_number.get(called_number(number), self.default)

    def clear(self) -> None:
        """Make every number answer again."""
        with self._runtime.lock:
            self._by_number.clear()

    def save(self) -> dict[str, Any]:
        """How numbers behave, as part of a snapshot."""
        numbers = {number: callee.save() for number, callee in self._by_number.items()}
        return {"default": self.default.save(), "numbers": numbers}

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        default = Callee.load(saved.at("default"))
        numbers = saved.at("numbers").members()
        by_number = {number: Callee.load(item) for number, item in numbers.items()}

        def put() -> None:
            self.default, self._by_number = default, by_number

        return put

    def answers(self, number: str, *, after: float = 0.0) -> None:
        """The callee picks up after so many seconds."""
        self.set(number, Callee(rings=after))

    def busy(self, number: str, *, after: float = 0.0) -> None:
        """The line is busy (486)."""
        self.fails(number, *BUSY, after=after)

    def declines(self, number: str, *, after: float = 0.0) -> None:
        """The callee declines (603)."""
        self.fails(number, *DECLINED, after=after)

    def unknown(self, number: str) -> None:
        """The number does not exist (404)."""
        self.fails(number, *UNKNOWN_NUMBER)

    def no_answer(self, number: str) -> None:
        """It rings until the caller gives up."""
        self.set(number, Callee(rings=math.inf))

    def fails(self, number: str, status: int, reason: str = "", *, after: float = 0.0) -> None:
        """The call ends with a SIP status, 503 if the carrier has no free line.

        Raises:
            ValueError: for a status that is not a failure (300 to 699).
        """
        self.set(number, attrs.evolve(refusing_callee(status, reason), rings=after))

    def breaks(self, number: str, message: str) -> None:
        """The SIP service itself fails, with this text and no SIP status."""
        self.set(number, Callee(broken=message))
