"""Calls over aiohttp: the default of the async client, and a user's own session."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from lkapi.errors import ConnectError, LiveKitError, TransportError
from lkapi.transports.base import FRESH_SECONDS, Request, Response
from lkapi.transports.connections import Exchange, Session, Turns, current_exchange
from lkapi.transports.deadline import Deadline
from lkapi.transports.failures import closed_meanwhile, no_connection, out_of_time, translate
from lkapi.transports.options import HTTPOptions
from lkapi.transports.reading import Collector, joined_headers
from lkapi.transports.targets import Proxy, Target, Targets

if TYPE_CHECKING:
    import ssl

_FOREIGN: Final = (aiohttp.ClientError, OSError, ValueError)
_LARGE: Final = 1 << 20
"""Bytes from which aiohttp wants a body as a file, so that it may pause between parts."""
_GRACE: Final = 0.01
"""Our deadline is so many seconds after aiohttp's for connecting, whose error says more."""


async def _exchange(
    session: aiohttp.ClientSession, request: Request, limit: int, options: dict[str, Any]
) -> Response:
    content: bytes | io.BytesIO | None = request.content or None
    if len(request.content) >= _LARGE:
        content = io.BytesIO(request.content)
    reply = await session.request(
        request.method, request.url, data=content, allow_redirects=False, **options
    )
    if reply.status < 200:
        reply.close()
        raise TransportError("the server switches protocols although that was not requested")
    body, stream = Collector(limit), reply.content
    try:
        while not stream.at_eof():
            body.add(await stream.readany())
    except BaseException:
        reply.close()
        raise
    headers = joined_headers(
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.raw_headers]
    )
    encoding = "" if session.auto_decompress else headers.get("content-encoding", "")
    return Response(reply.status, headers, body.content(encoding))


class AiohttpTransport:
    """Connections of one event loop, kept open and shared by its tasks."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        self._options = options or HTTPOptions()
        self._limits = self._options.limits
        self._targets = Targets(self._options)
        self._turns = Turns(self._limits.connections)
        self._sessions: dict[tuple[bool, bool], Session] = {}
        """The key says whether their connections are fresh, and whether they use TLS."""
        self._context: ssl.SSLContext | None = None

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        target = self._targets.find(request.url)
        exchange = Exchange(request.timeout)
        token = current_exchange.set(exchange)
        try:
            with exchange:
                if not self._turns.take():
                    await self._turns.wait()
                exchange.queued = False
                try:
                    return await self._carry(request, target, exchange)
                finally:
                    self._turns.give()
        except LiveKitError:
            raise
        except TimeoutError:
            if exchange.queued:
                raise no_connection(request.timeout) from None
            raise out_of_time(request.timeout, sent=exchange.sent) from None
        except _FOREIGN as error:
            direct = target.proxy is None
            raise translate(error, request.timeout, exchange.sent, direct=direct) from None
        finally:
            current_exchange.reset(token)

    async def _carry(self, request: Request, target: Target, exchange: Exchange) -> Response:
        session = self._sessions.get((request.fresh_connection, target.secure))
        if session is None or session.http.connector is None:
            session = await self._open(fresh=request.fresh_connection, secure=target.secure)
        options: dict[str, Any] = {"headers": request.headers}
        if target.proxy is not None:
            options = _by_proxy(target.proxy, request, secure=target.secure)
        try:
            limit = self._limits.max_response_bytes
            response = await _exchange(session.http, request, limit, options)
        except (*_FOREIGN, asyncio.CancelledError) as error:
            meant = isinstance(error, asyncio.CancelledError) and exchange.cancelled()
            if session.http.closed and not meant:
                raise closed_meanwhile(sent=exchange.sent) from None
            raise
        finally:
            session.connector.busy -= exchange.sent
        if response.status == 407 and target.proxy is not None and not target.secure:
            raise target.proxy.refusal(407, "Proxy Authentication Required")
        return response

    async def _open(self, *, fresh: bool, secure: bool) -> Session:
        keepalive = self._limits.idle_seconds
        self._sessions[fresh, secure] = session = await Session.open(
            self._limits.idle,
            min(FRESH_SECONDS, keepalive) if fresh else keepalive,
            self._tls() if secure else None,
        )
        return session

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self._options.tls()
        return self._context

    async def aclose(self) -> None:
        """Close all connections; running exchanges fail."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.aclose()


def _by_proxy(proxy: Proxy, request: Request, *, secure: bool) -> dict[str, Any]:
    """The arguments for aiohttp about headers and the proxy."""
    if secure:
        return {"headers": request.headers, "proxy": proxy.url, "proxy_headers": proxy.headers}
    return {"headers": {**request.headers, **proxy.headers}, "proxy": proxy.url}


class SessionTransport:
    """Sends through a user's ``aiohttp.ClientSession``, with its connector; the user closes it."""

    def __init__(self, session: aiohttp.ClientSession, limit: int) -> None:
        self._session = session
        self._limit = limit

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        if self._session.closed:
            raise ConnectError("the aiohttp session that was passed is closed")
        timeout = aiohttp.ClientTimeout(total=None, connect=request.timeout, ceil_threshold=1e9)
        options = {"headers": request.headers, "timeout": timeout}
        try:
            with Deadline(request.timeout + _GRACE):
                return await _exchange(self._session, request, self._limit, options)
        except LiveKitError:
            raise
        except aiohttp.ClientError as error:
            raise translate(error, request.timeout) from None
        except TimeoutError:
            raise out_of_time(request.timeout, sent=True) from None
        except (OSError, ValueError) as error:
            raise translate(error, request.timeout) from None

    async def aclose(self) -> None:
        """Leave the session open: it is the user's."""
