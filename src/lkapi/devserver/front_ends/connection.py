"""One connection of the threaded HTTP front end: requests in, responses out.

``http.server`` keeps the connection; reading header fields is done here, since its own way, the
parser for e-mail, takes longer than the whole embedded server.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from lkapi.transports.base import Request, Response

if TYPE_CHECKING:
    from io import BufferedIOBase

    from lkapi.devserver.server.dev_server import DevServer
    from lkapi.devserver.server.exchange import Exchange

__all__ = ["Connection", "Listener"]

MAX_BODY: Final = 256 * 1024 * 1024
"""Bytes of a request that this front end reads; the real server took 11 MiB without complaint."""
_MAX_LINE: Final = 64 * 1024
_MAX_HEAD: Final = 256 * 1024
_HANDSHAKE_SECONDS: Final = 10.0
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_VERSIONS: Final = ("HTTP/1.1", "HTTP/1.0")


class Listener(Protocol):
    """The listening side, as far as a connection needs it."""

    origin: str
    """What goes before the path of a request to make a URL."""
    dev_server: DevServer


class _BadRequestError(ValueError):
    """A request that cannot be read; it is answered, and the connection ends."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Connection(BaseHTTPRequestHandler):
    """Serves the requests of one connection, one after the other, from one thread."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    fields: dict[str, str]
    """Header fields of the request, names in lower case."""

    def setup(self) -> None:
        """Do the TLS handshake here, where a slow client keeps nobody else waiting."""
        handshake = getattr(self.request, "do_handshake", None)
        if handshake is not None:
            self.request.settimeout(_HANDSHAKE_SECONDS)
            handshake()
            self.request.settimeout(None)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: a request line may hold a token."""

    def parse_request(self) -> bool:
        """Read request line and header fields; False when the connection ends with them."""
        self.command, self.close_connection = "", True
        line = self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        try:
            self._read_request_line(line)
            self.fields = read_fields(self.rfile)
        except _BadRequestError as error:
            self._refuse(error)
            return False
        connection = self.fields.get("connection", "").lower()
        old = self.request_version == "HTTP/1.0"
        self.close_connection = "keep-alive" not in connection if old else "close" in connection
        if not old and self.fields.get("expect", "").lower() == "100-continue":
            return self.handle_expect_100()
        return True

    def _read_request_line(self, line: str) -> None:
        words = line.split()
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            raise _BadRequestError(400, "400 Bad Request: malformed request line")
        if words[2] not in _VERSIONS:
            raise _BadRequestError(505, "505 HTTP Version Not Supported")
        self.command, self.path, self.request_version = words

    def handle_expect_100(self) -> bool:
        """Let the client send its body; written past the buffer."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def __getattr__(self, name: str) -> Any:
        """Serve every verb alike: which verbs are allowed is the server's decision."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            content = read_body(self.rfile, self.fields)
        except _BadRequestError as error:
            self._refuse(error)
            return
        listener = cast("Listener", self.server)
        url = listener.origin + self.path if self.path.startswith("/") else self.path
        request = Request(self.command, url, self.fields, content)
        self._send_exchange(listener.dev_server.exchange(request))

    def _send_exchange(self, exchange: Exchange) -> None:
        if exchange.delay:
            time.sleep(exchange.delay)
        if exchange.drop:
            self.close_connection = True
            return
        self._write(exchange.response, exchange.truncate)

    def _refuse(self, error: _BadRequestError) -> None:
        self.close_connection = True
        content = str(error).encode()
        self._write(Response(error.status, {"content-type": "text/plain; charset=utf-8"}, content))

    def _write(self, response: Response, truncate: int | None = None) -> None:
        body = response.content if truncate is None else response.content[:truncate]
        cut_off = len(body) < len(response.content)
        self.close_connection = self.close_connection or cut_off
        self.wfile.write(self._head(response) + body)
        self.wfile.flush()

    def _head(self, response: Response) -> bytes:
        status = response.status
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}"]
        lines += [f"{name.title()}: {value}" for name, value in response.headers.items()]
        if "content-length" not in response.headers and status != 204:
            lines.append(f"Content-Length: {len(response.content)}")
        lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def read_fields(stream: BufferedIOBase) -> dict[str, str]:
    """Header fields up to the empty line; a field that occurs again is joined with commas.

    Of several ``Authorization`` fields the first counts.
    """
    fields: dict[str, str] = {}
    left = _MAX_HEAD
    while True:
        line = stream.readline(_MAX_LINE + 1)
        left -= len(line)
        if len(line) > _MAX_LINE or left < 0:
            raise _BadRequestError(431, "431 Request Header Fields Too Large")
        if line in (b"\r\n", b"\n"):
            return fields
        name, colon, value = line.decode("latin-1").partition(":")
        name = name.lower()
        if not colon or not name or name.strip() != name:
            raise _BadRequestError(400, "400 Bad Request: malformed header field")
        value = value.strip()
        if name not in fields:
            fields[name] = value
        elif name != "authorization":
            fields[name] = f"{fields[name]}, {value}"


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
        pass  # trailers, which nobody reads
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
