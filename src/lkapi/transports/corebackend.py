"""This package's sockets as the network backend of httpcore2."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpcore2 as core

from lkapi.transports import asockets, sockets
from lkapi.transports.expiry import mark_unsent

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    AsyncBelow = asockets.AsyncSocket | asockets.AsyncTLSSocket

_INFO = "is_readable"


def _failed(error: OSError, timed_out: type[Exception], otherwise: type[Exception]) -> Exception:
    kind = timed_out if isinstance(error, TimeoutError) else otherwise
    return kind(error.strerror or str(error) or "timed out")


class SyncStream(core.NetworkStream):
    """A blocking stream."""

    def __init__(self, below: sockets.SyncSocket) -> None:
        self._below = below

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is."""
        try:
            return self._below.receive(timeout, max_bytes)
        except OSError as error:
            raise _failed(error, core.ReadTimeout, core.ReadError) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        if not buffer:
            return
        try:
            self._below.send(bytes(buffer), timeout)
        except OSError as error:
            raise _failed(error, core.WriteTimeout, core.WriteError) from error

    def close(self) -> None:
        """Close the socket."""
        self._below.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> core.NetworkStream:
        """Go on over TLS, after the proxy has opened the way."""
        mark_unsent(timeout)
        try:
            return SyncStream(self._below.start_tls(ssl_context, server_hostname, timeout))
        except OSError as error:
            self.close()
            raise _failed(error, core.ConnectTimeout, core.ConnectError) from error

    def get_extra_info(self, info: str) -> Any:
        """Whether an idle connection was closed; the pool asks no more."""
        return self._below.readable() if info == _INFO else None


class SyncSockets(core.NetworkBackend):
    """Opens blocking streams."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> core.NetworkStream:
        """Connect to a host."""
        try:
            return SyncStream(sockets.connect(host, port, timeout))
        except OSError as error:
            raise _failed(error, core.ConnectTimeout, core.ConnectError) from error


class AsyncStream(core.AsyncNetworkStream):
    """A stream for asyncio; its time is kept by the exchange as a whole."""

    def __init__(self, below: AsyncBelow) -> None:
        self._below = below

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read what there is."""
        await asyncio.sleep(0)  # a peer that is fast enough would not let the deadline come
        try:
            return await self._below.receive(max_bytes)
        except OSError as error:
            raise _failed(error, core.ReadTimeout, core.ReadError) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        if not buffer:
            return
        try:
            await self._below.send(bytes(buffer), timeout)
        except OSError as error:
            raise _failed(error, core.WriteTimeout, core.WriteError) from error

    async def aclose(self) -> None:
        """Close the socket."""
        await self._below.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> core.AsyncNetworkStream:
        """Go on over TLS, after the proxy has opened the way."""
        mark_unsent(timeout)
        try:
            return AsyncStream(await self._below.start_tls(ssl_context, server_hostname))
        except OSError as error:
            self._below.close()
            raise _failed(error, core.ConnectTimeout, core.ConnectError) from error
        except BaseException:
            self._below.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """Whether an idle connection was closed; the pool asks no more."""
        return self._below.readable() if info == _INFO else None


class AsyncSockets(core.AsyncNetworkBackend):
    """Opens streams for asyncio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> core.AsyncNetworkStream:
        """Connect to a host."""
        try:
            return AsyncStream(await asockets.connect(host, port, timeout))
        except OSError as error:
            raise _failed(error, core.ConnectTimeout, core.ConnectError) from error
