"""The embedded server as an ASGI application, to mount in another or to use in a test client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lkapi.devserver.http.headers import join_fields
from lkapi.devserver.server.dev_server import DevServer
from lkapi.transports.base import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from lkapi.devserver.server.exchange import Exchange
    from lkapi.devserver.world import World

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["ASGIApp"]


class ASGIApp:
    """Serves a server through any ASGI server or test client (ASGI 3.0, asyncio).

    A dropped connection is an exception of the application, since ASGI has no other way to close
    one.

    Args:
        server: the server, or a world for a new one.
    """

    def __init__(self, server: DevServer | World | None = None) -> None:
        self.server = server if isinstance(server, DevServer) else DevServer(server)

    @property
    def world(self) -> World:
        """The world behind the server."""
        return self.server.world

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one scope: HTTP, the lifespan, or a WebSocket, which is refused."""
        if scope["type"] == "lifespan":
            await _run_lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        content = await _read_body(receive)
        if content is None:
            return
        exchange = self.server.exchange(_read_request(scope, content))
        if exchange.delay:
            await asyncio.sleep(exchange.delay)
        if exchange.drop:
            raise ConnectionAbortedError(
                "the connection is closed without a response, as a fault requested"
            )
        await _send_exchange(exchange, send)


async def _run_lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None if the client closed the connection."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _read_request(scope: Message, content: bytes) -> Request:
    headers = join_fields((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
    raw_path = scope.get("raw_path")
    path = raw_path.decode("latin-1") if raw_path else quote(scope["path"], errors="replace")
    path = path.partition("?")[0].removeprefix(scope.get("root_path", ""))
    query = scope.get("query_string", b"").decode("latin-1")
    origin = f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}"
    url = f"{origin}{path}?{query}" if query else f"{origin}{path}"
    return Request(scope["method"], url, headers, content)


async def _send_exchange(exchange: Exchange, send: Send) -> None:
    response = exchange.response
    pairs = [
        (n.encode("latin-1"), v.encode("latin-1", "replace")) for n, v in response.headers.items()
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": response.content[: exchange.truncate]})
