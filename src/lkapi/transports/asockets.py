"""Sockets for asyncio, owned here: they close when forgotten, whatever became of their loop.

asyncio's own streams belong to their loop and warn when it is gone before them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Any, TypeVar

from lkapi.transports.expiry import Expiry, mark_sent
from lkapi.transports.sockets import BLOCK, Owned, portion

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class AsyncSocket(Owned):
    """A connected non-blocking socket. Raises only ``OSError``."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._waiting = 0
        self._closed = False

    async def receive(self, size: int = BLOCK) -> bytes:
        """Read what there is; ``aclose()`` elsewhere ends the wait."""
        return await self._wait(asyncio.get_running_loop().sock_recv(self.sock, size))

    async def send(self, data: bytes, timeout: float | None = None) -> None:
        """Write everything: mostly at once, as the socket's buffer has room."""
        mark_sent(timeout)
        try:
            sent = self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent < len(data):
            await self._wait(asyncio.get_running_loop().sock_sendall(self.sock, data[sent:]))

    async def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the socket in a way that ``aclose()`` can end."""
        self._waiting += 1
        try:
            result = await work
        except OSError:
            if not self._closed:
                raise
            raise self._abandoned() from None
        finally:
            self._waiting -= 1
        if self._closed:
            raise self._abandoned()
        return result

    def _abandoned(self) -> ConnectionAbortedError:
        self.close()
        return ConnectionAbortedError("the client was closed while this call ran")

    async def aclose(self) -> None:
        """Close the socket, or have who waits for it do so: an event loop must not lose it before.

        Nobody is cancelled for it, which could not be told from a cancellation that is meant.
        """
        self._closed = True
        if self._waiting:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
        else:
            self.close()

    async def start_tls(self, context: ssl.SSLContext, hostname: str | None) -> AsyncTLSSocket:
        """Go on over TLS."""
        secure = AsyncTLSSocket(self, context, hostname)
        try:
            await secure.handshake()
        except ValueError as error:
            raise OSError(str(error)) from error
        return secure


class AsyncTLSSocket:
    """TLS over a socket, by the standard library's in-memory TLS."""

    def __init__(self, below: AsyncSocket, context: ssl.SSLContext, hostname: str | None) -> None:
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    async def handshake(self) -> None:
        """Agree on keys and check the certificate."""
        await self._run(self.tls.do_handshake)

    async def _run(self, step: Callable[[], T]) -> T:
        """Let TLS do one thing, moving bytes for as long as it asks for them."""
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                result = step()
                await self._push()
                return result
            await self._push()
            if data := await self._below.receive():
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    async def _push(self) -> None:
        if data := self._outgoing.read():
            await self._below.send(data)

    async def receive(self, size: int = BLOCK) -> bytes:
        """Read what there is; empty when the peer has closed."""
        try:
            return await self._run(lambda: self.tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def send(self, data: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        mark_sent(timeout)
        await self._run(lambda: self.tls.write(data))

    def readable(self) -> bool:
        """Whether a read would return at once: of what was received, too, but not asked for."""
        left_over = self._incoming.pending or self.tls.pending()
        return bool(left_over) or self._below.readable()

    async def start_tls(self, context: ssl.SSLContext, hostname: str | None) -> AsyncTLSSocket:  # noqa: ARG002
        """Refuse: an https proxy to an https server is TLS inside TLS."""
        raise OSError("TLS inside TLS is not supported here: use an http proxy")

    async def aclose(self) -> None:
        """Close the connection."""
        await self._below.aclose()

    def close(self) -> None:
        """Close the connection from outside a coroutine."""
        self._below.close()


async def connect(host: str, port: int, timeout: float | None) -> AsyncSocket:
    """Connect to the first of the host's addresses that answers.

    Raises:
        OSError: none did.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"{host} has no address")
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        owned = AsyncSocket(socket.socket(family, kind, protocol))
        owned.sock.setblocking(False)
        share = portion(timeout, len(addresses) - index)
        try:
            with contextlib.nullcontext() if share is None else Expiry(share):
                await loop.sock_connect(owned.sock, address)
            owned.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            failure = error
        else:
            return owned
        owned.close()
    raise failure
