"""Sockets under the httpcore2 pools: every operation bound to the exchange's total time.

They differ from the library's own in three ways. A request's head and body leave in one packet,
when the answer is first waited for. Sockets are owned here and closed when forgotten, whatever
became of their event loop. And the exchange learns when the first byte leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore2 as core

from lkapi.transports.expiry import left, mark_sent, uncancel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
_Option = Any
_BLOCK = 256 * 1024


class _Owned:
    """What both kinds of stream share: a socket that never outlives it, and a send buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.out: list[bytes] = []
        self.close = weakref.finalize(self, sock.close)

    def take_out(self) -> bytes:
        """What waits to be sent."""
        data = self.out[0] if len(self.out) == 1 else b"".join(self.out)
        self.out.clear()
        return data

    def info(self, name: str) -> Any:
        """What httpcore2 asks about a stream."""
        if name == "is_readable":
            return _readable(self._sock)
        if name == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return self._sock if name == "socket" else None


def _readable(sock: socket.socket) -> bool:
    """Whether a read would return at once; on an idle connection that means it is closed."""
    descriptor = sock.fileno()
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _arm(sock: socket.socket, timeout: float | None, expired: type[Exception]) -> None:
    remaining = left(timeout)
    if remaining is not None and remaining <= 0:
        raise expired("timed out")
    sock.settimeout(remaining)


class SyncStream(core.NetworkStream):
    """A blocking stream."""

    def __init__(self, sock: socket.socket) -> None:
        self._owned = _Owned(sock)
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what waits to be sent, then read."""
        broken = self._flush(timeout)
        _arm(self._sock, timeout, core.ReadTimeout)
        try:
            data = self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise core.ReadTimeout(str(error)) from error
        except OSError as error:
            raise core.ReadError(str(broken or error)) from error
        if broken and not data:
            raise core.WriteError(str(broken))
        return data

    def _flush(self, timeout: float | None) -> OSError | None:
        """Send the buffer; a broken pipe is kept, as the peer may have answered before closing."""
        data = self._owned.take_out()
        if not data:
            return None
        _arm(self._sock, timeout, core.WriteTimeout)
        mark_sent(timeout)
        try:
            self._sock.sendall(data)
        except TimeoutError as error:
            raise core.WriteTimeout(str(error)) from error
        except OSError as error:
            return error
        return None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Keep for the next read."""
        if buffer:
            self._owned.out.append(bytes(buffer))

    def close(self) -> None:
        """Close the socket."""
        self._owned.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> core.NetworkStream:
        """Go on over TLS."""
        try:
            _arm(self._sock, timeout, core.ConnectTimeout)
            secure = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except TimeoutError as error:
            self.close()
            raise core.ConnectTimeout(str(error)) from error
        except (OSError, ValueError) as error:
            self.close()
            raise core.ConnectError(str(error)) from error
        return SyncStream(secure)

    def get_extra_info(self, info: str) -> Any:
        """What the pool wants to know of the socket."""
        return self._owned.info(info)


class SyncSockets(core.NetworkBackend):
    """Opens blocking streams."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[_Option] | None = None,  # noqa: ARG002
    ) -> core.NetworkStream:
        """Try the host's addresses in turn."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise core.ConnectError(f"{host}: {error.strerror or error}") from error
        failure: Exception = core.ConnectError(f"{host} has no address")
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_portion(timeout, len(addresses) - index))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except TimeoutError:
                failure = core.ConnectTimeout(f"{host}:{port}")
            except OSError as error:
                failure = core.ConnectError(f"{host}:{port}: {error.strerror or error}")
            else:
                return SyncStream(sock)
            sock.close()
        raise failure


def _portion(timeout: float | None, addresses: int) -> float | None:
    """The share of the remaining time that one of several addresses gets."""
    remaining = left(timeout)
    if remaining is None:
        return None
    if remaining <= 0:
        raise core.ConnectTimeout("timed out")
    return remaining / addresses


class AsyncStream(core.AsyncNetworkStream):
    """A stream for asyncio, on a non-blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._owned = _Owned(sock)
        self._sock = sock
        self._reader: asyncio.Task[Any] | None = None
        self._closed = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what waits to be sent, then read."""
        broken = await self._flush(timeout)
        try:
            data = await self.receive(max_bytes)
        except OSError as error:
            raise core.ReadError(str(broken or error)) from error
        if broken and not data:
            raise core.WriteError(str(broken))
        return data

    async def receive(self, max_bytes: int) -> bytes:
        """Read from the socket; closing the stream elsewhere ends the wait."""
        self._reader = task = asyncio.current_task()
        try:
            return await asyncio.get_running_loop().sock_recv(self._sock, max_bytes)
        except asyncio.CancelledError:
            if not self._closed:
                raise
            if task is not None:
                uncancel(task)
            raise ConnectionAbortedError("the client was closed while this call ran") from None
        finally:
            self._reader = None

    async def _flush(self, timeout: float | None) -> OSError | None:
        data = self._owned.take_out()
        if not data:
            return None
        mark_sent(timeout)
        try:
            await self.send(data)
        except OSError as error:
            return error
        return None

    async def send(self, data: bytes) -> None:
        """Write to the socket: mostly at once, as its buffer has room."""
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent < len(data):
            await asyncio.get_running_loop().sock_sendall(self._sock, data[sent:])

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Keep for the next read."""
        if buffer:
            self._owned.out.append(bytes(buffer))

    async def aclose(self) -> None:
        """Close the socket and wake who reads from it."""
        self._closed = True
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()
            await asyncio.sleep(0)
        self._owned.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> core.AsyncNetworkStream:
        """Go on over TLS."""
        secure = AsyncTLSStream(self, ssl_context, server_hostname)
        try:
            await secure.handshake()
        except (OSError, ValueError) as error:
            await self.aclose()
            raise core.ConnectError(str(error)) from error
        except BaseException:
            await self.aclose()
            raise
        return secure

    def get_extra_info(self, info: str) -> Any:
        """What the pool wants to know of the socket."""
        return self._owned.info(info)


class AsyncTLSStream(core.AsyncNetworkStream):
    """TLS over another stream, by the standard library's in-memory TLS."""

    def __init__(self, below: AsyncStream, context: ssl.SSLContext, hostname: str | None) -> None:
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._out: list[bytes] = []

    async def handshake(self) -> None:
        """Agree on keys and check the certificate."""
        await self._run(self._tls.do_handshake)

    async def _run(self, step: Callable[[], T]) -> T:
        """Let TLS do one thing, moving bytes for as long as it asks for them."""
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                result = step()
                await self._push()
                return result
            await self._push()
            if data := await self._below.receive(_BLOCK):
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    async def _push(self) -> None:
        if data := self._outgoing.read():
            await self._below.send(data)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what waits to be sent, then read."""
        try:
            if self._out:
                data = b"".join(self._out)
                self._out.clear()
                mark_sent(timeout)
                await self._run(lambda: self._tls.write(data))
            return await self._run(lambda: self._tls.read(max_bytes))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except OSError as error:
            raise core.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Keep for the next read."""
        if buffer:
            self._out.append(bytes(buffer))

    async def aclose(self) -> None:
        """Close the connection, with a word to the peer if there is room for it."""
        with contextlib.suppress(OSError, ValueError):
            self._tls.unwrap()
        with contextlib.suppress(OSError):
            await self._push()
        await self._below.aclose()

    def get_extra_info(self, info: str) -> Any:
        """What the pool wants to know of the connection."""
        return self._tls if info == "ssl_object" else self._below.get_extra_info(info)


class AsyncSockets(core.AsyncNetworkBackend):
    """Opens streams for asyncio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[_Option] | None = None,  # noqa: ARG002
    ) -> core.AsyncNetworkStream:
        """Try the host's addresses in turn."""
        loop = asyncio.get_running_loop()
        try:
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise core.ConnectError(f"{host}: {error.strerror or error}") from error
        failure: Exception = core.ConnectError(f"{host} has no address")
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                portion = _portion(timeout, len(addresses) - index)
                await asyncio.wait_for(loop.sock_connect(sock, address), portion)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except (TimeoutError, asyncio.TimeoutError):
                failure = core.ConnectTimeout(f"{host}:{port}")
            except OSError as error:
                failure = core.ConnectError(f"{host}:{port}: {error.strerror or error}")
            except BaseException:
                sock.close()
                raise
            else:
                return AsyncStream(sock)
            sock.close()
        raise failure
