"""The socket for http.client, with one deadline and one limit over everything it reads.

http.client limits the time of each read and the length of each line. These limits do not stop a
server that sends bytes very slowly, or whose headers never end.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
import weakref
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final

from lkapi.transports.reading import MAX_HEAD_BYTES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PATIENCE: Final = 0.25
"""Seconds that each of several addresses gets at first."""


def connect(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to the first of the host's addresses that responds.

    Each gets a short time at first; those that did not respond then share the rest of the time.
    """
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError(f"{host} has no address")
    for hasty in (True, False) if len(addresses) > 1 else (False,):
        silent = list(addresses)
        for index, address in enumerate(addresses):
            share = time_left(deadline) / (len(addresses) - index)
            try:
                return _connect(address, min(share / 2, _PATIENCE) if hasty else share)
            except OSError as error:
                failure = error
                if not isinstance(error, TimeoutError):
                    silent.remove(address)
        addresses = silent
    raise failure


def _connect(address: tuple[Any, ...], seconds: float) -> socket.socket:
    sock = socket.socket(*address[:3])
    try:
        sock.settimeout(seconds)
        sock.connect(address[4])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def time_left(deadline: float) -> float:
    """Seconds until then; ``TimeoutError`` when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _send(sock: socket.socket, data: memoryview) -> int:
    """The number of bytes sent; maybe 0 for a socket without a timeout, as left by ``is_quiet``."""
    try:
        return sock.send(data)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return 0


class _TimedReader(io.RawIOBase):
    """Reads until the deadline; closes its socket, without a warning, when it is dropped."""

    deadline: float | None = None
    room = MAX_HEAD_BYTES
    """Bytes that may still come."""
    ended = False

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.close_socket = weakref.finalize(self, sock.close)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read what there is; None if nothing is, and there is no deadline to wait for."""
        if self.room <= 0:
            raise HTTPException("too many headers or lines between chunks")
        self.sock.settimeout(0 if self.deadline is None else time_left(self.deadline))
        try:
            count = self.sock.recv_into(memoryview(buffer)[: self.room])
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        self.room -= count
        self.ended = not count
        return count


class TimedSocket(io.BufferedReader):
    """The socket that http.client uses. It outlives each response, so no byte is read unnoticed."""

    content = b""
    """Sent after the next head in the same write; http.client would send two packets."""

    def __init__(self, sock: socket.socket) -> None:
        self.reader = _TimedReader(sock)
        super().__init__(self.reader, 16 * 1024)

    def start(self, deadline: float | None) -> None:
        """Begin an exchange; without a deadline, nothing waits."""
        self.reader.deadline = deadline
        self.reader.room = MAX_HEAD_BYTES

    def is_quiet(self) -> bool:
        """Whether the peer has neither closed it nor sent unexpected data."""
        self.start(None)
        try:
            return not self.peek(1) and not self.reader.ended
        except OSError:
            return False

    def sendall(self, data: bytes) -> None:
        """Write everything by the deadline; ``SSLSocket.sendall`` restarts it for each write."""
        rest, reader = memoryview(data + self.content), self.reader
        while rest:
            rest = rest[_send(reader.sock, rest) :]
            if rest:
                reader.sock.settimeout(time_left(reader.deadline or 0))

    def makefile(self, _: str) -> TimedSocket:
        """The reader of the next response."""
        return self

    def close(self) -> None:
        """Stay open; http.client calls this at the end of each response."""
