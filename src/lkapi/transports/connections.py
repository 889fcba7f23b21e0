"""The aiohttp session of one event loop, closed with the client, with the loop, or when dropped.

asyncio and aiohttp warn about connections that are left open. A client may never be closed, and a
loop may be closed at any time, so connections are closed by whichever happens first.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

from lkapi.transports.deadline import Deadline
from lkapi.transports.reading import ACCEPT_ENCODING, MAX_HEAD_BYTES

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Iterable

    from aiohttp.connector import Connection


class Exchange(Deadline):
    """The deadline of one exchange, and its progress."""

    queued = True
    """Whether it waits for other exchanges to end."""
    sent = False
    """Whether it has a connection, so that a byte of the request may have left."""


current_exchange: ContextVar[Exchange] = ContextVar("lkapi_exchange")


class Turns:
    """Limits how many exchanges run at the same time; the others wait in order of arrival.

    Like ``asyncio.Semaphore``, which would cost 3 % of a call; this costs nothing while none waits.
    """

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Begin at once, if that is possible."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Begin when another ends."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """End, and let the next one begin."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class _Protocol(ResponseHandler):
    """Limits what a response has besides its body: interim responses, headers, chunk framing.

    aiohttp limits each header and their number, but skips any number of interim responses.
    """

    received = 0
    """Bytes since the exchange began."""

    def data_received(self, data: bytes) -> None:
        """Pass on received bytes, unless there were too many already."""
        body = 0 if self._payload is None else self._payload.total_bytes
        if self.received > MAX_HEAD_BYTES + 2 * body and self.transport is not None:
            self.set_exception(aiohttp.ClientPayloadError("endless headers"))
            self.transport.abort()
            return
        self.received += len(data)
        super().data_received(data)


class Connector(aiohttp.TCPConnector):
    """Notices when an exchange gets its connection; reuses none with unexpected data."""

    def __init__(self, idle: int, keepalive: float, tls: ssl.SSLContext | None) -> None:
        cast("Any", super()).__init__(limit=0, keepalive_timeout=keepalive, ssl=tls or True)
        self._factory = cast("partial[ResponseHandler]", partial(_Protocol, loop=self._loop))
        self.transports: dict[ResponseHandler, asyncio.Transport | None] = {}
        """Those that are open, until the last moment of closing."""
        self.busy = 0
        """Connections that exchanges hold; each exchange gives its own back."""
        self._idle = idle

    async def connect(
        self, req: aiohttp.ClientRequest, traces: Any, timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Get a connection from the pool, or make one."""
        exchange = current_exchange.get()
        if exchange.sent:  # aiohttp would send a GET a second time
            raise aiohttp.ServerDisconnectedError
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = cast("_Protocol | None", connection.protocol)
            if protocol is not None and not protocol.should_close:
                break
            connection.close()  # it has received an unexpected response
        if protocol not in self.transports:
            self._watch(protocol, connection.transport)
        if self.busy >= self._idle:
            protocol.force_close()  # it will not be kept when this exchange is over
        self.busy += 1
        protocol.received = 0
        exchange.sent = True
        return connection

    def _watch(self, protocol: ResponseHandler, transport: asyncio.Transport | None) -> None:
        def forget(closed: asyncio.Future[None]) -> None:
            closed.exception()  # else asyncio complains that nobody retrieved it
            _abort([self.transports.pop(protocol, None)])  # Python 3.10 calls it unclosed otherwise

        if (closed := protocol.closed) is not None:
            self.transports[protocol] = transport
            closed.add_done_callback(forget)

    def __del__(self, *_: object) -> None:
        """Say nothing: ``Session`` closes the connections."""


class Session:
    """A session whose connections close when the loop ends, or when this object is dropped."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.http = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"Accept-Encoding": ACCEPT_ENCODING},
        )
        loop = asyncio.get_running_loop()
        self._until_loop_ends = _until_loop_ends(self.http, connector)
        weakref.finalize(self, _abandon, self.http, connector, loop, self._until_loop_ends)

    @classmethod
    async def open(cls, idle: int, keepalive: float, tls: ssl.SSLContext | None) -> Session:
        """Open a session for the running event loop; without a context, it is not for TLS."""
        session = cls(Connector(idle, keepalive, tls))
        await anext(session._until_loop_ends)  # from here on the loop knows about it
        return session

    async def aclose(self) -> None:
        """Close all connections, those in use as well."""
        await self.http.close()


async def _until_loop_ends(
    session: aiohttp.ClientSession, connector: Connector
) -> AsyncGenerator[None, None]:
    """Close the connections in ``loop.shutdown_asyncgens()``, which ``asyncio.run`` calls."""
    try:
        yield
    finally:
        session.detach()
        _abort(connector.transports.values())


def _abandon(
    session: aiohttp.ClientSession,
    connector: Connector,
    loop: asyncio.AbstractEventLoop,
    generator: AsyncGenerator[None, None],
) -> None:
    """Close the connections of a session that was dropped, from any thread."""
    session.detach()
    transports = list(connector.transports.values())
    connector.transports.clear()
    if loop.is_running():
        loop.call_soon_threadsafe(_abort, transports)
    else:
        for transport in transports:
            _bury(transport, loop)
    with suppress(StopIteration, RuntimeError):  # the loop may be ending it at this very moment
        generator.aclose().send(None)  # it is not needed any more, and the loop need not know


def _abort(transports: Iterable[asyncio.Transport | None]) -> None:
    for transport in tuple(transports):  # garbage collection may call ``_abandon`` meanwhile
        if transport is not None:
            transport.abort()


def _bury(transport: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Close the socket of a transport whose event loop does not run, and perhaps never will.

    ``abort()`` would leave it to the loop. There is no public way to do this; on uvloop it is not
    needed.
    """
    below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", transport)
    left_to_loop = below.is_closing() and not loop.is_closed()
    if left_to_loop or getattr(below, "_sock", None) is None:
        return
    with suppress(RuntimeError):  # the loop is closed
        below.pause_reading()
        below._call_connection_lost(None)  # noqa: SLF001
    transport._closed = True  # noqa: SLF001
