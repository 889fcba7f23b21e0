"""One connection of the threaded HTTP front end: requests in, responses out.

It does not use ``http.server``, whose parser of header fields (made for e-mail) takes longer than
the whole embedded server, and also long to import.
"""

from __future__ import annotations

import functools
import time
from http import HTTPStatus
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING, Final, Protocol, cast

from lkapi.devserver.http.headers import join_fields
from lkapi.transports.base import Request, Response

if TYPE_CHECKING:
    from io import BufferedIOBase

    from lkapi.devserver.server.dev_server import DevServer
    from lkapi.devserver.server.exchange import Exchange

__all__ = ["Connection", "Listener"]

MAX_BODY: Final = 256 * 1024 * 1024
"""Largest request in bytes; the real server accepted 11 MiB."""
_MAX_LINE: Final = 64 * 1024
_MAX_HEAD: Final = 256 * 1024
_HANDSHAKE_SECONDS: Final = 10.0
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_VERSIONS: Final = ("HTTP/1.1", "HTTP/1.0")


class Listener(Protocol):
    """The part of the listening side that a connection needs."""

    origin: str
    """Prepended to the path of a request to make a URL."""
    dev_server: DevServer


class _BadRequestError(ValueError):
    """A request that cannot be read; it gets a response, and the connection ends."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Connection(StreamRequestHandler):
    """Serves the requests of one connection, one after the other, from one thread."""

    disable_nagle_algorithm = True
    wbufsize = -1
    ends = False
    """Whether the connection is closed after this request."""

    def setup(self) -> None:
        """Do the TLS handshake here, where a slow client does not block others."""
        handshake = getattr(self.request, "do_handshake", None)
        if handshake is not None:
            self.request.settimeout(_HANDSHAKE_SECONDS)
            handshake()
            self.request.settimeout(None)
        super().setup()

    def handle(self) -> None:
        """Serve requests until either side ends the connection."""
        while not self.ends:
            try:
                request = self._read_request()
            except _BadRequestError as error:
                self._refuse(error)
                return
            if request is None:
                return
            listener = cast("Listener", self.server)
            self._send_exchange(listener.dev_server.exchange(request))

    def _read_request(self) -> Request | None:
        """The next request; None when the client has closed the connection."""
        line = self.rfile.readline(_MAX_LINE + 1)
        if line in (b"\r\n", b"\n"):  # some clients send an extra one after a body
            line = self.rfile.readline(_MAX_LINE + 1)
        if not line:
            return None
        verb, target, version = _read_request_line(line)
        fields = read_fields(self.rfile)
        connection = fields.get("connection", "").lower()
        old = version == "HTTP/1.0"
        self.ends = "keep-alive" not in connection if old else "close" in connection
        if not old and fields.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        content = read_body(self.rfile, fields)
        origin = cast("Listener", self.server).origin
        url = origin + target if target.startswith("/") else target
        return Request(verb, url, fields, content)

    def _send_exchange(self, exchange: Exchange) -> None:
        if exchange.delay:
            time.sleep(exchange.delay)
        if exchange.drop:
            self.ends = True
            return
        self._write(exchange.response, exchange.truncate)

    def _refuse(self, error: _BadRequestError) -> None:
        self.ends = True
        content = str(error).encode()
        self._write(Response(error.status, {"content-type": "text/plain; charset=utf-8"}, content))

    def _write(self, response: Response, truncate: int | None = None) -> None:
        body = response.content if truncate is None else response.content[:truncate]
        cut_off = len(body) < len(response.content)
        self.ends = self.ends or cut_off
        self.wfile.write(self._head(response) + body)
        self.wfile.flush()

    def _head(self, response: Response) -> bytes:
        status = response.status
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}"]
        lines += [f"{name.title()}: {value}" for name, value in response.headers.items()]
        if "content-length" not in response.headers and status != 204:
            lines.append(f"Content-Length: {len(response.content)}")
        lines.append(f"Date: {_http_date(int(time.time()))}")
        if self.ends:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _read_request_line(line: bytes) -> list[str]:
    """Verb, target and version."""
    if len(line) > _MAX_LINE:
        raise _BadRequestError(414, "414 URI Too Long")
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        raise _BadRequestError(400, "400 Bad Request: malformed request line")
    if words[2] not in _VERSIONS:
        raise _BadRequestError(505, "505 HTTP Version Not Supported")
    return words


@functools.lru_cache(1)
def _http_date(now: int) -> str:
    """A time for the field ``Date``, in English in any locale."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(now)
    date = f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year}"
    return f"{date} {hour:02}:{minute:02}:{second:02} GMT"


def read_fields(stream: BufferedIOBase) -> dict[str, str]:
    """Header fields up to the empty line."""
    fields: list[tuple[str, str]] = []
    left = _MAX_HEAD
    while True:
        line = stream.readline(_MAX_LINE + 1)
        left -= len(line)
        if len(line) > _MAX_LINE or left < 0:
            raise _BadRequestError(431, "431 Request Header Fields Too Large")
        if line in (b"\r\n", b"\n"):
            return join_fields(fields)
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name.strip() != name:
            raise _BadRequestError(400, "400 Bad Request: malformed header field")
        fields.append((name, value.strip()))


def read_body(stream: BufferedIOBase, fields: dict[str, str]) -> bytes:
    """The body that the header fields announce."""
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    length = fields.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise _BadRequestError(400, "400 Bad Request: malformed Content-Length")
    if int(length) > MAX_BODY:
        raise _too_large()
    return _read_exactly(stream, int(length))


def _read_chunks(stream: BufferedIOBase) -> bytes:
    parts: list[bytes] = []
    total = 0
    while True:
        size = _chunk_size(stream.readline(1024))
        total += size
        if total > MAX_BODY:
            raise _too_large()
        if size == 0:
            break
        parts.append(_read_exactly(stream, size))
        stream.readline(8)
    while stream.readline(8192).strip():
        pass  # trailers, which are not used
    return b"".join(parts)


def _chunk_size(line: bytes) -> int:
    text = line.partition(b";")[0].strip()
    if not text or text.strip(b"0123456789abcdefABCDEF"):
        raise _BadRequestError(400, "400 Bad Request: malformed chunk")
    return int(text, 16)


def _read_exactly(stream: BufferedIOBase, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise _BadRequestError(400, "400 Bad Request: the body is cut off")
    return content


def _too_large() -> _BadRequestError:
    return _BadRequestError(413, "request body too large")
