"""Blocking sockets: every operation within the exchange's total time, closed when forgotten."""

from __future__ import annotations

import select
import socket
import weakref
from typing import TYPE_CHECKING

from lkapi.transports.expiry import left, mark_sent

if TYPE_CHECKING:
    import ssl

BLOCK = 64 * 1024


class Owned:
    """A socket that does not outlive this object, and closes without a warning."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.close = weakref.finalize(self, sock.close)

    def readable(self) -> bool:
        """Whether a read would return at once; on an idle connection that means it is closed."""
        descriptor = self.sock.fileno()
        if descriptor < 0:
            return True
        if not hasattr(select, "poll"):
            return bool(select.select([descriptor], [], [], 0)[0])
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))


def portion(timeout: float | None, addresses: int) -> float | None:
    """The share of the remaining time that one of several addresses gets.

    Raises:
        TimeoutError: nothing is left.
    """
    remaining = left(timeout)
    if remaining is None:
        return None
    if remaining <= 0:
        raise TimeoutError
    return remaining / addresses


class SyncSocket(Owned):
    """A connected blocking socket. Raises only ``OSError``, of which ``TimeoutError`` is one."""

    def _arm(self, timeout: float | None) -> None:
        self.sock.settimeout(portion(timeout, 1))

    def receive(self, timeout: float | None, size: int = BLOCK) -> bytes:
        """Read what there is; empty when the peer has closed."""
        self._arm(timeout)
        return self.sock.recv(size)

    def send(self, data: bytes, timeout: float | None) -> None:
        """Write everything."""
        self._arm(timeout)
        mark_sent(timeout)
        self.sock.sendall(data)

    def start_tls(
        self, context: ssl.SSLContext, hostname: str | None, timeout: float | None
    ) -> SyncSocket:
        """Go on over TLS; this object is of no use afterwards."""
        self._arm(timeout)
        try:
            return SyncSocket(context.wrap_socket(self.sock, server_hostname=hostname))
        except ValueError as error:
            raise OSError(str(error)) from error


def connect(host: str, port: int, timeout: float | None) -> SyncSocket:
    """Connect to the first of the host's addresses that answers.

    Raises:
        OSError: none did.
    """
    failure: OSError = OSError(f"{host} has no address")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        owned = SyncSocket(socket.socket(family, kind, protocol))
        try:
            owned.sock.settimeout(portion(timeout, len(addresses) - index))
            owned.sock.connect(address)
            owned.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            failure = error
            owned.close()
        else:
            return owned
    raise failure
