"""A server that follows a script: each connection's next request gets the next answer, raw."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from lkapi.protocol.models import Room

Answer = bytes | Callable[[socket.socket], None]

ROOM = Room(sid="RM_scripted", name="demo").to_bytes()


def answer(
    status: str = "200 OK",
    body: bytes = ROOM,
    kind: str = "application/protobuf",
    *headers: str,
    length: int | None = None,
) -> bytes:
    """A whole answer, with the length it claims."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def reset(sock: socket.socket) -> None:
    """Close so that the peer sees a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def truncated(sock: socket.socket) -> None:
    """Announce more than is sent."""
    sock.sendall(answer(length=len(ROOM) + 5))
    sock.close()


class ScriptedServer:
    """Plays the answers in turn; the last one is repeated."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            while request := _read_request(sock):
                with self._lock:
                    self.requests.append(request)
                    at = min(len(self.requests), len(self.script)) - 1
                    step = self.script[at]
                if callable(step):
                    step(sock)
                else:
                    sock.sendall(step)
        with suppress(OSError):
            sock.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._listener.close()
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def _read_request(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(*script: Answer) -> Iterator[ScriptedServer]:
    """A running server with this script."""
    server = ScriptedServer(*script)
    try:
        yield server
    finally:
        server.close()
