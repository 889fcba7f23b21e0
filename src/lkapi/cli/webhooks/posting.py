"""Posting a delivery, and what LiveKit would do after the response."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.cli.failures import describe
from lkapi.errors import TransportError
from lkapi.transports import HTTPOptions, Request, open_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.transports import Response, SyncTransport

__all__ = ["Outcome", "Poster", "is_success", "what_livekit_does"]

_NOT_PASSED_ON: Final = frozenset(
    [
        "host",
        "content-length",
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "accept-encoding",
    ]
)
"""Headers that belong to a connection and not to the message."""
NO_ANSWER: Final = 502
"""The status for LiveKit if the target does not respond."""


def is_success(status: int) -> bool:
    """Whether a status tells LiveKit that the event has arrived."""
    return 200 <= status < 300


def what_livekit_does(status: int) -> str:
    """What LiveKit does after a response other than 2xx; empty after 2xx."""
    if is_success(status):
        return ""
    repeats = status == 429 or (status >= 500 and status != 501)
    return "LiveKit sends it again" if repeats else "LiveKit drops it"


@attrs.frozen
class Outcome:
    """The outcome of posting."""

    elapsed: float
    """Seconds."""
    response: Response | None = None
    error: TransportError | None = None

    @property
    def status(self) -> int:
        """The status of the response; 502 if there was none."""
        return self.response.status if self.response is not None else NO_ANSWER

    def describe(self) -> str:
        """``204 in 12 ms``, or why there is no response."""
        if self.error is not None:
            return f"no response: {describe(self.error)}"
        return f"{self.status} in {self.elapsed * 1000:.0f} ms"

    def as_dict(self) -> dict[str, Any]:
        """For programs: milliseconds, and the status or the error."""
        came = (
            {"error": describe(self.error)} if self.error is not None else {"status": self.status}
        )
        return {"milliseconds": round(self.elapsed * 1000, 1), **came}


class Poster:
    """Posts bodies unchanged to one url, over connections that are kept; threads may share it."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 10.0,
        transport: SyncTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._timeout = timeout
        self._transport = transport or open_sync(None, HTTPOptions())()
        self._clock = clock

    def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post a body unchanged, with every header that does not belong to its connection."""
        kept = {name: text for name, text in headers.items() if name.lower() not in _NOT_PASSED_ON}
        request = Request(
            "POST", self.url, kept, body, timeout=self._timeout, fresh_connection=True
        )
        begun = self._clock()
        try:
            response = self._transport.send(request)
        except TransportError as error:
            return Outcome(self._clock() - begun, error=error)
        return Outcome(self._clock() - begun, response=response)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
