"""A server on real sockets that misbehaves as it is told, and counts what it was made to do.

Each request says in a header what goes wrong with each attempt of its call, so any number of
callers can share one server. It acts each time that it is asked to: it knows no request ids.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress

SCRIPT = b"x-script"
"""Request header: one word per attempt, with commas."""
OK = b"\x0a\x02RM"
"""A protobuf body that each of the answers used here can be read from."""


def _answer(status: str, body: bytes, kind: str, *headers: str, length: int | None = None) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _twirp(status: str, code: str, *headers: str, meta: str = "{}") -> bytes:
    body = f'{{"code":"{code}","msg":"as asked","meta":{meta}}}'.encode()
    return _answer(status, body, "application/json", *headers)


_BUSY = '{"sip_status_code":"486","sip_status":"Busy Here"}'
GOOD = _answer("200 OK", OK, "application/protobuf")
ANSWERS = {
    "500": _twirp("500 Internal Server Error", "internal"),
    "503": _twirp("503 Service Unavailable", "unavailable"),
    "502-page": _answer("502 Bad Gateway", b"<h1>no</h1>", "text/html"),
    "504-empty": _answer("504 Gateway Timeout", b"", "text/plain"),
    "429": _twirp("429 Too Many Requests", "resource_exhausted"),
    "429-later": _twirp("429 Too Many Requests", "resource_exhausted", "Retry-After: 3600"),
    "sip-486": _twirp("429 Too Many Requests", "resource_exhausted", meta=_BUSY),
    "451": _answer("451 Unavailable", b"not here", "text/plain"),
    "400": _twirp("400 Bad Request", "invalid_argument"),
    "401": _answer("401 Unauthorized", b"no", "text/plain"),
    "404": _twirp("404 Not Found", "not_found"),
    "408": _twirp("408 Request Timeout", "canceled"),
    "307": _answer("307 Temporary Redirect", b"", "text/html", "Location: http://127.0.0.1:1/"),
    "200-page": _answer("200 OK", b"<h1>hi</h1>", "text/html"),
    "200-garbage": _answer("200 OK", b"\xff\xff\xff", "application/protobuf"),
    "no-http": b"SSH-2.0-OpenSSH_9.9\r\n",
    "odd-json": _answer("500 Internal Server Error", b'["a", 1]', "application/json"),
}
"""Answers that are given without acting."""
BEFORE = ("drop", "reset", "hang")
"""Faults that strike before the server acts."""
AFTER = ("drop-after", "reset-after", "cut", "cut-head", "hang-after", "drip")
"""Faults that strike when the server has acted."""
WORDS = (*ANSWERS, *BEFORE, *AFTER, "ok", "ok-close")


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class CountingServer:
    """Serves until it is closed; ``acts`` counts deeds by request id."""

    def __init__(self) -> None:
        self.acts: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.bodies: dict[str, set[bytes]] = {}
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stop.is_set():
                sock, _ = self._listener.accept()
                with self._lock:
                    self._sockets.add(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError, ValueError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := _read(sock):
                if not self._react(sock, *request):
                    break
        with self._lock:
            self._sockets.discard(sock)
        with suppress(OSError):
            sock.close()

    def _react(self, sock: socket.socket, head: dict[bytes, bytes], body: bytes) -> bool:
        """Do what the script says; whether the connection stays open."""
        if b"post" not in head:
            sock.sendall(_answer("404 Not Found", b"no regions", "text/plain"))
            return True
        request_id = head[b"x-livekit-request-id"].decode()
        script = head[SCRIPT].decode().split(",")
        with self._lock:
            number = self.seen[request_id]
            self.seen[request_id] += 1
            self.bodies.setdefault(request_id, set()).add(body)
        word = script[number] if number < len(script) else "ok"
        if word in ANSWERS:
            sock.sendall(ANSWERS[word])
            return word != "no-http"
        if word not in BEFORE:
            with self._lock:
                self.acts[request_id] += 1
        return self._finish(sock, word)

    def _finish(self, sock: socket.socket, word: str) -> bool:
        if word == "ok":
            sock.sendall(GOOD)
            return True
        if word == "ok-close":
            sock.sendall(GOOD)
        elif word.startswith("reset"):
            _reset(sock)
        elif word.startswith("hang"):
            sock.settimeout(20)
            sock.recv(1)  # until the peer has had enough
        elif word == "cut":
            sock.sendall(_answer("200 OK", OK, "application/protobuf", length=4000))
        elif word == "cut-head":
            sock.sendall(GOOD[:25])
        elif word == "drip":
            sock.sendall(_answer("200 OK", b"", "application/protobuf", length=4000))
            end = time.monotonic() + 20
            while time.monotonic() < end and not self._stop.wait(0.02):
                sock.sendall(b"\x0a")
        return False

    def forget(self, request_id: str) -> int:
        """Drop what is known of a call; how often it was acted on."""
        with self._lock:
            self.seen.pop(request_id, None)
            self.bodies.pop(request_id, None)
            return self.acts.pop(request_id, 0)

    def forget_late(self) -> int:
        """Drop the requests that came when their calls had been given up; how many there were."""
        with self._lock:
            late = len(self.seen)
            for known in (self.seen, self.acts, self.bodies):
                known.clear()
        return late

    def close(self) -> None:
        """Stop, and hang up."""
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        with self._lock:
            left = list(self._sockets)
        for sock in left:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _read(sock: socket.socket) -> tuple[dict[bytes, bytes], bytes] | None:
    """Verb, headers and body of the next request; None when the peer has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = dict(_field(line) for line in lines)
    fields[first.partition(b" ")[0].lower()] = b""
    while len(body) < int(fields.get(b"content-length", b"0")):
        piece = sock.recv(65536)
        if not piece:
            return None
        body += piece
    return fields, body


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()
