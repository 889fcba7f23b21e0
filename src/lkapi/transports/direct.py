"""The default transports: HTTP/1.1 straight over sockets that stay open between calls.

A call is one small request and one small answer. General HTTP libraries spend several times
longer on that than the exchange itself takes; what they are needed for, proxies, is left to one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from lkapi.errors import LiveKitError, RequestTimeoutError
from lkapi.transports import asockets, sockets
from lkapi.transports.base import Request, Response
from lkapi.transports.expiry import Exchange, Expiry
from lkapi.transports.failures import no_connection, out_of_time, translate
from lkapi.transports.http1 import AnswerReader, write_request
from lkapi.transports.options import HTTPOptions
from lkapi.transports.reading import ACCEPT_ENCODING, decompress
from lkapi.transports.targets import Target, Targets

if TYPE_CHECKING:
    import ssl

    from lkapi.transports.proxied import AsyncProxiedTransport, SyncProxiedTransport

    AsyncStream = asockets.AsyncSocket | asockets.AsyncTLSSocket

S = TypeVar("S", bound="sockets.SyncSocket | asockets.AsyncSocket | asockets.AsyncTLSSocket")

_JUST_NOW: Final = 1.0
"""Seconds; servers and load balancers keep an unused connection for five at least."""
_ACCEPT: Final = {"accept-encoding": ACCEPT_ENCODING}


class _Idle(Generic[S]):
    """Connections that wait for their next exchange, the one used last at the end."""

    __slots__ = ("_options", "_waiting")

    def __init__(self, options: HTTPOptions) -> None:
        self._options = options
        self._waiting: dict[tuple[str, str], deque[tuple[S, float]]] = {}

    def take(self, target: Target, *, once: bool) -> S | None:
        """A connection that is still open, if there is one.

        A server may close it at the very moment of its next use. So a request that goes out once
        gets only one that was used just now, which no server closes yet.
        """
        waiting = self._waiting.get(target.origin)
        while waiting:
            try:
                stream, since = waiting.pop()
            except IndexError:  # another thread was faster
                return None
            idle = time.monotonic() - since
            if idle >= self._options.limits.idle_seconds or stream.readable():
                stream.close()
            elif once and idle >= _JUST_NOW:
                waiting.append((stream, since))
                return None
            else:
                return stream
        return None

    def give(self, target: Target, stream: S) -> None:
        """Keep a connection; the one that has waited longest goes if there are too many."""
        waiting = self._waiting.get(target.origin)
        if waiting is None:
            waiting = self._waiting.setdefault(target.origin, deque())
        waiting.append((stream, time.monotonic()))
        if len(waiting) > self._options.limits.idle:
            waiting.popleft()[0].close()

    def close(self) -> None:
        """Close all of them."""
        for waiting in list(self._waiting.values()):
            while waiting:
                waiting.pop()[0].close()


def _outgoing(request: Request, target: Target) -> bytes:
    headers = {**request.headers, **_ACCEPT}
    return write_request(request.method, target.path, target.netloc, headers, request.content)


def _response(reader: AnswerReader, limit: int) -> Response:
    encoding = reader.headers.get("content-encoding")
    body = reader.body
    content = decompress(body, encoding, limit) if encoding else body
    return Response(reader.status, reader.headers, content)


class _Shared:
    """What both kinds have: options, targets, and one TLS context."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        self._options = options or HTTPOptions()
        self._targets = Targets(self._options)
        self._context: ssl.SSLContext | None = None

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self._options.tls()
        return self._context


class SyncDirectTransport(_Shared):
    """Blocking connections, kept open and shared by any number of threads."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        super().__init__(options)
        self._idle: _Idle[sockets.SyncSocket] = _Idle(self._options)
        self._free = threading.Semaphore(self._options.limits.connections)
        self._proxied: SyncProxiedTransport | None = None

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        target = self._targets.find(request.url)
        if target.proxy is not None:
            return self._by_proxy().send(request)
        exchange = Exchange(request.timeout)
        if not self._free.acquire(timeout=request.timeout):
            raise no_connection(request.timeout)
        try:
            return self._carry(request, target, exchange)
        except TimeoutError as error:
            if isinstance(error, RequestTimeoutError):
                raise
            raise out_of_time(request.timeout, sent=exchange.sent) from None
        except LiveKitError:
            raise
        except OSError as error:
            raise translate(error, request.timeout, exchange.sent) from None
        finally:
            self._free.release()

    def _carry(self, request: Request, target: Target, exchange: Exchange) -> Response:
        stream = self._idle.take(target, once=request.fresh_connection) or self._connect(target, exchange)
        reader = AnswerReader(self._options.limits.max_response_bytes)
        try:
            self._talk(stream, reader, _outgoing(request, target), exchange)
        except BaseException:
            stream.close()
            raise
        if reader.reusable:
            self._idle.give(target, stream)
        else:
            stream.close()
        return _response(reader, self._options.limits.max_response_bytes)

    def _talk(
        self, stream: sockets.SyncSocket, reader: AnswerReader, data: bytes, exchange: Exchange
    ) -> None:
        """Send and read; a peer that stops reading may still have answered."""
        stopped: OSError | None = None
        try:
            stream.send(data, exchange)
        except TimeoutError:
            raise
        except OSError as error:
            stopped = error
        try:
            while not reader.feed(stream.receive(exchange)):
                pass
        except LiveKitError as error:
            if stopped is not None:
                raise stopped from None
            raise error.with_traceback(None) from None  # frames below hold the answer's bytes

    def _connect(self, target: Target, exchange: Exchange) -> sockets.SyncSocket:
        stream = sockets.connect(target.host, target.port, exchange)
        return stream.start_tls(self._tls(), target.host, exchange) if target.secure else stream

    def _by_proxy(self) -> SyncProxiedTransport:
        if self._proxied is None:
            from lkapi.transports.proxied import SyncProxiedTransport

            self._proxied = SyncProxiedTransport(self._options)
        return self._proxied

    def close(self) -> None:
        """Close all connections that are not in use; those in use close when they are done."""
        self._idle.close()
        if self._proxied is not None:
            self._proxied.close()


class AsyncDirectTransport(_Shared):
    """Connections of one event loop, kept open and shared by its tasks."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        super().__init__(options)
        self._idle: _Idle[AsyncStream] = _Idle(self._options)
        self._busy: set[AsyncStream] = set()
        self._free = asyncio.Semaphore(self._options.limits.connections)
        self._proxied: AsyncProxiedTransport | None = None

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        target = self._targets.find(request.url)
        if target.proxy is not None:
            return await self._by_proxy().asend(request)
        exchange = Exchange(request.timeout)
        waiting = True
        try:
            with Expiry(request.timeout):
                async with self._free:
                    waiting = False
                    return await self._carry(request, target, exchange)
        except LiveKitError:
            raise
        except TimeoutError:
            if waiting:
                raise no_connection(request.timeout) from None
            raise out_of_time(request.timeout, sent=exchange.sent) from None
        except OSError as error:
            raise translate(error, request.timeout, exchange.sent) from None

    async def _carry(self, request: Request, target: Target, exchange: Exchange) -> Response:
        stream = self._idle.take(target, once=request.fresh_connection) or await self._connect(target, exchange)
        reader = AnswerReader(self._options.limits.max_response_bytes)
        self._busy.add(stream)
        try:
            await self._talk(stream, reader, _outgoing(request, target), exchange)
        except BaseException:
            stream.close()
            raise
        finally:
            self._busy.discard(stream)
        if reader.reusable:
            self._idle.give(target, stream)
        else:
            stream.close()
        return _response(reader, self._options.limits.max_response_bytes)

    async def _talk(
        self, stream: AsyncStream, reader: AnswerReader, data: bytes, exchange: Exchange
    ) -> None:
        """Send and read; a peer that stops reading may still have answered."""
        stopped: OSError | None = None
        try:
            await stream.send(data, exchange)
        except TimeoutError:
            raise
        except OSError as error:
            stopped = error
        try:
            complete = reader.feed(await stream.receive())
            while not complete:
                await asyncio.sleep(0)  # a peer that is fast enough would not let others run
                complete = reader.feed(await stream.receive())
        except LiveKitError as error:
            if stopped is not None:
                raise stopped from None
            raise error.with_traceback(None) from None  # frames below hold the answer's bytes

    async def _connect(self, target: Target, exchange: Exchange) -> AsyncStream:
        stream = await asockets.connect(target.host, target.port, exchange)
        if not target.secure:
            return stream
        try:
            return await stream.start_tls(self._tls(), target.host)
        except BaseException:
            stream.close()
            raise

    def _by_proxy(self) -> AsyncProxiedTransport:
        if self._proxied is None:
            from lkapi.transports.proxied import AsyncProxiedTransport

            self._proxied = AsyncProxiedTransport(self._options)
        return self._proxied

    async def aclose(self) -> None:
        """Close all connections; calls that are under way fail."""
        self._idle.close()
        for stream in list(self._busy):
            await stream.aclose()
        if self._proxied is not None:
            await self._proxied.aclose()
