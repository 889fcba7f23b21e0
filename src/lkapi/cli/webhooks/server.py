"""A small HTTP server that hands posted bodies to a function, one thread for each connection.

The standard library's server: it is for development, on loopback, and its threads keep a slow
client from holding up the others. Sizes, times and the number of connections are limited.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import attrs

from lkapi.web.responses import EndpointResponse, error_response, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["MAX_BODY", "PostServer", "Posted"]

MAX_BODY: Final = 1024 * 1024
"""Bytes of a body; LiveKit's have a few thousand."""
BODY_SECONDS: Final = 20.0
"""Seconds within which a body must arrive."""
IDLE_SECONDS: Final = 60.0
"""Seconds for which a connection is kept without a request."""
CLOSING_SECONDS: Final = 2.0
"""Seconds that responses in progress have when the server is closed."""
CONNECTIONS: Final = 64
"""Connections open at the same time; a further one is closed at once."""


@attrs.frozen
class Posted:
    """A request that arrived completely."""

    path: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    """As they were sent; values of a repeated header are joined by commas."""
    body: bytes = attrs.field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header; case does not matter."""
        wanted = name.lower()
        return next((text for key, text in self.headers.items() if key.lower() == wanted), None)


class PostServer:
    """Serves in the background until it is closed; what it has begun to answer is answered.

    Args:
        handle: returns the response to a posted body; it is called in the connection's thread.
        refused: called with the status and reason of each request that did not reach ``handle``.
        host: address to listen on.
        port: 0 for any free one.
        path: the only path that is served; empty for any.

    Raises:
        OSError: the port cannot be listened on.
    """

    def __init__(
        self,
        handle: Callable[[Posted], EndpointResponse],
        refused: Callable[[int, str], object],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        path: str = "",
    ) -> None:
        self._http = _Server((host, port), handle, refused, path)
        self._host = host
        self._path = path
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="lkapi-webhook-listen", daemon=True
        )

    @property
    def url(self) -> str:
        """Where to post to."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._http.server_address[1]}{self._path or '/'}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.finish(CLOSING_SECONDS)
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        handle: Callable[[Posted], EndpointResponse],
        refused: Callable[[int, str], object],
        path: str,
    ) -> None:
        self.handle = handle
        self.refused = refused
        self.path = path
        self._free = threading.Semaphore(CONNECTIONS)
        self._answering = 0
        self._answered = threading.Condition()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        """Bind without the reverse lookup of the host's name, which can take seconds."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, if there are not too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.refused(503, f"more than {CONNECTIONS} connections at once")
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and uncount it at its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    @contextlib.contextmanager
    def answering(self) -> Generator[None, None, None]:
        """Around a request, from its headers to the last byte of the response."""
        with self._answered:
            self._answering += 1
        try:
            yield
        finally:
            with self._answered:
                self._answering -= 1
                self._answered.notify_all()

    def finish(self, seconds: float) -> None:
        """Wait for the responses in progress, but no longer than that."""
        with self._answered:
            self._answered.wait_for(lambda: not self._answering, seconds)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - inherited
        """Report why a request failed; a client that closed the connection is not an error."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.refused(500, f"{type(error).__name__}: {error}")


class _RefusedError(Exception):
    def __init__(self, response: EndpointResponse, reason: str) -> None:
        super().__init__(reason)
        self.response = response
        self.reason = reason


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: the listener has its own lines."""

    def __getattr__(self, name: str) -> Any:
        """Handle every HTTP method in the same way, so that each is refused in the same way."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def handle_expect_100(self) -> bool:
        """Let the client send its body; written past the buffer."""
        allowed = super().handle_expect_100()
        self.wfile.flush()
        return allowed

    def _serve(self) -> None:
        server = cast("_Server", self.server)
        with server.answering():
            self._answer(server)

    def _answer(self, server: _Server) -> None:
        try:
            posted = self._read(server.path)
        except _RefusedError as error:
            self.close_connection = True  # the body was not read
            server.refused(error.response.status, error.reason)
            self._write(error.response)
            return
        self._write(server.handle(posted))

    def _read(self, wanted: str) -> Posted:
        if self.command != "POST":
            why = "use POST: webhooks are sent with POST"
            allow = {"Allow": "POST"}
            response = error_response(405, "method_not_allowed", why, headers=allow)
            raise _RefusedError(response, f"{self.command}, not POST")
        path = urlsplit(self.path).path
        if wanted and path != wanted:
            why = f"webhooks are accepted at {wanted}"
            raise _RefusedError(error_response(404, "not_found", why), f"posted to {path}; {why}")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = next((key for key in headers if key.lower() == name.lower()), None)
            headers[known or name] = f"{headers[known]}, {value}" if known else value
        return Posted(self.path, headers, self._read_body())

    def _read_body(self) -> bytes:
        given = self.headers.get("Content-Length", "").strip()
        if not (given.isascii() and given.isdigit()):
            why = "the request has no Content-Length"
            raise _RefusedError(error_response(411, "length_required", why), why)
        if int(given) > MAX_BODY:
            raise _RefusedError(too_large(MAX_BODY), f"the body has {given} bytes")
        content = self._read_exactly(int(given))
        if len(content) < int(given):
            why = f"{len(content)} of {given} bytes came within {BODY_SECONDS:.0f} s"
            raise _RefusedError(error_response(408, "timeout", why), why)
        return content

    def _read_exactly(self, size: int) -> bytes:
        """As much of the body as arrives in time; a slow client gets no more time."""
        content = bytearray()
        end = time.monotonic() + BODY_SECONDS
        with contextlib.suppress(TimeoutError):
            while len(content) < size and (left := end - time.monotonic()) > 0:
                self.connection.settimeout(left)
                part = self.rfile.read1(size - len(content))
                if not part:
                    break
                content += part
        self.connection.settimeout(IDLE_SECONDS)
        return bytes(content)

    def _write(self, response: EndpointResponse) -> None:
        self.send_response_only(response.status)
        for name, text in response.headers.items():
            self.send_header(name, text)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and response.status != 204:
            self.wfile.write(response.body)
        self.wfile.flush()
