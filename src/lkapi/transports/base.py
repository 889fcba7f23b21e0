"""What a transport is: it sends one HTTP request and returns one response, nothing more.

Retries, deadlines over several attempts, tokens and error texts belong to the layers above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import frozen
else:  # one is made for each call, and freezing it would cost 1 % of the call
    from attrs import define as frozen

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Bodies larger than this are refused by every transport (TransportError, ``sent=True``)."""

FRESH_SECONDS = 1.0
"""Seconds for which servers and load balancers keep an idle connection: they wait at least five."""


@frozen
class Request:
    """One HTTP request, ready to send."""

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    timeout: float = 10.0
    """Seconds for the whole exchange: connecting, sending and reading the whole response."""
    fresh_connection: bool = False
    """Whether its connection must be new, or idle for less than a second. True for requests that
    cannot be sent again, since a server may close an idle connection at any moment."""


@frozen
class Response:
    """One HTTP response, read completely."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Names in lower case."""
    content: bytes = attrs.field(default=b"", repr=False)


class AsyncTransport(Protocol):
    """Sends one request from a coroutine.

    ``asend`` never follows redirects and raises only ``lkapi`` errors: ``ConnectError`` if nothing
    can have been sent, ``RequestTimeoutError`` after ``request.timeout``, ``TransportError`` for
    everything else. Their ``sent`` says whether the server may have seen the request.
    """

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        ...

    async def aclose(self) -> None:
        """Close its connections; it can be used again afterwards."""
        ...


class SyncTransport(Protocol):
    """Sends one request from a thread; the same rules as for ``AsyncTransport`` apply."""

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        ...

    def close(self) -> None:
        """Close its connections; it can be used again afterwards."""
        ...
