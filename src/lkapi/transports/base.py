"""What a transport is: it carries one HTTP request and brings back one answer, nothing more.

Retries, deadlines over several attempts, tokens and error texts belong to the layers above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import frozen
else:  # made once a call, where what refuses a change would cost 1 % of it
    from attrs import define as frozen

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Bodies larger than this are refused by every transport (TransportError, ``sent=True``)."""

FRESH_SECONDS = 1.0
"""Seconds for which no server or load balancer closes an idle connection; they wait for five."""


@frozen
class Request:
    """One HTTP request, ready to go out."""

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    content: bytes = attrs.field(default=b"", repr=False)
    timeout: float = 10.0
    """Seconds for the whole exchange: connecting, sending and reading the answer to its end."""
    fresh_connection: bool = False
    """Whether its connection must be new, or idle for less than a second: for requests that cannot
    be sent again, since a server may close a connection that has been idle at any moment."""


@frozen
class Response:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Names in lower case."""
    content: bytes = attrs.field(default=b"", repr=False)


class AsyncTransport(Protocol):
    """Sends one request from a coroutine.

    ``asend`` never follows redirects and raises only ``lkapi`` errors: ``ConnectError`` when
    nothing can have been sent, ``RequestTimeoutError`` past ``request.timeout``,
    ``TransportError`` for everything else, with ``sent`` telling whether the server may have seen
    the request.
    """

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds; it may be used again afterwards."""
        ...


class SyncTransport(Protocol):
    """Sends one request from a thread; the same promises as ``AsyncTransport``."""

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        ...

    def close(self) -> None:
        """Give back what it holds; it may be used again afterwards."""
        ...
