"""Transports over the connection pools of httpcore2, the engine of httpx2: the way through proxies.

They run on this package's sockets, so that the same total time and the same knowledge of what was
sent hold here too. Without a proxy they are slower than the default and do the same.
"""

from __future__ import annotations

import importlib.util
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import unquote, urlsplit

import httpcore2 as core

from lkapi.errors import LiveKitError, SettingsError, TransportError
from lkapi.transports.base import Request, Response
from lkapi.transports.corebackend import AsyncSockets, SyncSockets
from lkapi.transports.expiry import Exchange, Expiry
from lkapi.transports.failures import out_of_time, translate
from lkapi.transports.options import HTTPOptions
from lkapi.transports.reading import ACCEPT_ENCODING, Collector, collect
from lkapi.transports.targets import Target, Targets

if TYPE_CHECKING:
    import ssl

_FOREIGN: Final = (
    core.NetworkError,
    core.TimeoutException,
    core.ProtocolError,
    core.ProxyError,
    core.UnsupportedProtocol,
    OSError,
)
_Headers = list[tuple[bytes, bytes]]


def _core_request(request: Request, target: Target, exchange: Exchange) -> core.Request:
    headers: _Headers = [
        (name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers.items()
    ]
    headers.append((b"host", target.netloc.encode("ascii")))
    headers.append((b"accept-encoding", ACCEPT_ENCODING.encode()))
    if request.content or request.method == "POST":
        headers.append((b"content-length", str(len(request.content)).encode()))
    times = {"connect": exchange, "read": exchange, "write": exchange, "pool": exchange}
    url = core.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode("ascii"),
        port=target.port,
        target=target.path.encode("ascii"),
    )
    return core.Request(
        request.method.encode("ascii"),
        url,
        headers=headers,
        content=request.content,
        extensions={"timeout": times},
    )


def _read_headers(headers: _Headers) -> dict[str, str]:
    return {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in headers}


class _Shared(TypedDict):
    ssl_context: ssl.SSLContext | None
    max_connections: int
    max_keepalive_connections: int
    keepalive_expiry: float


def _shared(target: Target, options: HTTPOptions) -> _Shared:
    limits = options.limits
    return {
        "ssl_context": options.tls() if target.secure else None,
        "max_connections": limits.connections,
        "max_keepalive_connections": limits.idle,
        "keepalive_expiry": limits.idle_seconds,
    }


def _split_proxy(proxy: str) -> tuple[str, tuple[str, str] | None]:
    """A proxy's url without, and apart from it, its user and password."""
    parts = urlsplit(proxy)
    netloc = parts.netloc.rpartition("@")[2]
    auth = (unquote(parts.username or ""), unquote(parts.password or ""))
    return f"{parts.scheme}://{netloc}", auth if any(auth) else None


def _sync_pool(target: Target, options: HTTPOptions) -> core.ConnectionPool:
    shared, sockets = _shared(target, options), SyncSockets()
    if target.proxy is None:
        return core.ConnectionPool(**shared, network_backend=sockets)
    url, auth = _split_proxy(target.proxy)
    if url.startswith("socks"):
        require_socks()
        return core.SOCKSProxy(url, auth, **shared, network_backend=sockets)
    return core.HTTPProxy(url, auth, **shared, network_backend=sockets)


def _async_pool(target: Target, options: HTTPOptions) -> core.AsyncConnectionPool:
    shared, sockets = _shared(target, options), AsyncSockets()
    if target.proxy is None:
        return core.AsyncConnectionPool(**shared, network_backend=sockets)
    url, auth = _split_proxy(target.proxy)
    if url.startswith("socks"):
        require_socks()
        return core.AsyncSOCKSProxy(url, auth, **shared, network_backend=sockets)
    return core.AsyncHTTPProxy(url, auth, **shared, network_backend=sockets)


def require_socks() -> None:
    """Say what to install when a SOCKS proxy is asked for without its library."""
    if importlib.util.find_spec("socksio") is None:
        raise SettingsError("a socks proxy needs the socksio package: pip install socksio")


def _translated(error: Exception, request: Request, exchange: Exchange) -> TransportError:
    """What the proxy itself refused was not sent on."""
    sent = exchange.sent and not isinstance(error, core.ProxyError)
    return translate(error, request.timeout, sent)


class SyncProxiedTransport:
    """Blocking connections, kept open and shared by any number of threads."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        self._options = options or HTTPOptions()
        self._targets = Targets(self._options)
        self._pools: dict[tuple[str | None, bool], core.ConnectionPool] = {}

    def _pool(self, target: Target) -> core.ConnectionPool:
        key = (target.proxy, target.secure)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools.setdefault(key, _sync_pool(target, self._options))
        return pool

    def send(self, request: Request) -> Response:
        """Carry out one exchange."""
        exchange = Exchange(request.timeout)
        target = self._targets.find(request.url)
        try:
            answer = self._pool(target).handle_request(_core_request(request, target, exchange))
            try:
                headers = _read_headers(answer.headers)
                encoding = headers.get("content-encoding", "")
                content = collect(answer.iter_stream(), encoding, self._options.limits.max_response_bytes)
            finally:
                answer.close()
        except LiveKitError:
            raise
        except _FOREIGN as error:
            raise _translated(error, request, exchange) from None
        return Response(answer.status, headers, content)

    def close(self) -> None:
        """Close all connections."""
        for key in list(self._pools):
            self._pools.pop(key).close()


class AsyncProxiedTransport:
    """Connections of one event loop, kept open and shared by its tasks."""

    def __init__(self, options: HTTPOptions | None = None) -> None:
        self._options = options or HTTPOptions()
        self._targets = Targets(self._options)
        self._pools: dict[tuple[str | None, bool], core.AsyncConnectionPool] = {}

    def _pool(self, target: Target) -> core.AsyncConnectionPool:
        key = (target.proxy, target.secure)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = _async_pool(target, self._options)
        return pool

    async def asend(self, request: Request) -> Response:
        """Carry out one exchange."""
        exchange = Exchange(request.timeout)
        target = self._targets.find(request.url)
        try:
            with Expiry(request.timeout):
                return await self._exchange(request, target, exchange)
        except LiveKitError:
            raise
        except TimeoutError:
            raise out_of_time(request.timeout, sent=exchange.sent) from None
        except _FOREIGN as error:
            raise _translated(error, request, exchange) from None

    async def _exchange(self, request: Request, target: Target, exchange: Exchange) -> Response:
        outgoing = _core_request(request, target, exchange)
        answer = await self._pool(target).handle_async_request(outgoing)
        try:
            body = Collector(self._options.limits.max_response_bytes)
            async with aclosing(answer.aiter_stream()) as chunks:
                async for chunk in chunks:
                    body.add(chunk)
        finally:
            await answer.aclose()
        headers = _read_headers(answer.headers)
        return Response(answer.status, headers, body.content(headers.get("content-encoding", "")))

    async def aclose(self) -> None:
        """Close all connections."""
        for key in list(self._pools):
            await self._pools.pop(key).aclose()
