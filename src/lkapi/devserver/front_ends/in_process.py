"""The embedded server as a transport of both clients: requests never leave the process."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from lkapi.devserver.server.dev_server import DevServer
from lkapi.errors import ConnectError, RequestTimeoutError, TransportError

if TYPE_CHECKING:
    from lkapi.devserver.server.exchange import Exchange
    from lkapi.devserver.world import World
    from lkapi.transports.base import Request, Response

__all__ = ["InProcessTransport"]


class InProcessTransport:
    """Pass this as ``transport=`` to a client, sync or async; any number of clients may share it.

    If the server waits longer than the request's timeout, the call times out, also on a
    ``VirtualClock``.
    """

    def __init__(self, server: DevServer | World | None = None) -> None:
        self.server = server if isinstance(server, DevServer) else DevServer(server)

    def __repr__(self) -> str:
        return f"<InProcessTransport to {self.server!r}>"

    @property
    def world(self) -> World:
        """The world behind the server."""
        return self.server.world

    def send(self, request: Request) -> Response:
        """Handle a request from a thread."""
        exchange, elapsed = self._exchange(request)
        if exchange.delay:
            time.sleep(min(exchange.delay, request.timeout))
        return _deliver(exchange, elapsed, request)

    async def asend(self, request: Request) -> Response:
        """Handle a request from a coroutine."""
        exchange, elapsed = self._exchange(request)
        if exchange.delay:
            await asyncio.sleep(min(exchange.delay, request.timeout))
        return _deliver(exchange, elapsed, request)

    def close(self) -> None:
        """Do nothing: the world stays open."""

    async def aclose(self) -> None:
        """Do nothing: the world stays open."""

    def _exchange(self, request: Request) -> tuple[Exchange, float]:
        """The exchange, and its seconds on the world's clock or in real time."""
        with self.world.lock:
            before = self.world.clock.now()
            exchange = self.server.exchange(request)
            return exchange, self.world.clock.now() - before + exchange.delay


def _deliver(exchange: Exchange, elapsed: float, request: Request) -> Response:
    if exchange.refused:
        raise ConnectError("could not connect: refused by a simulated fault")
    if elapsed > request.timeout:
        raise RequestTimeoutError(f"no response within {request.timeout:g} s")
    if exchange.drop:
        raise TransportError("the server closed the connection without a response")
    whole = len(exchange.response.content)
    if exchange.truncate is not None and exchange.truncate < whole:
        raise TransportError(f"the response ended after {exchange.truncate} of {whole} bytes")
    return exchange.response
