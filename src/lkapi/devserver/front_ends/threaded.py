"""The embedded server over HTTP/1.1, one thread for each connection, for any client."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, cast

from lkapi.devserver.http.headers import join_fields
from lkapi.devserver.server.dev_server import DevServer
from lkapi.transports.base import Request, Response

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver.server.exchange import Exchange
    from lkapi.devserver.world import World

__all__ = ["HTTPFrontEnd"]

_log = logging.getLogger("lkapi.devserver")

MAX_BODY: Final = 256 * 1024 * 1024
"""Bytes of a request that this front end reads; the real server took 11 MiB without complaint."""


class HTTPFrontEnd:
    """Serves a server on a port until it is closed.

    ::

        with HTTPFrontEnd(DevServer()) as http:
            print(http.url)

    Args:
        server: the server, or a world for a new one.
        host: address to listen on.
        port: 0 for any free one.
    """

    def __init__(
        self, server: DevServer | World | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.server = server if isinstance(server, DevServer) else DevServer(server)
        self._http = _Server((host, port), self.server)
        self._host = host
        self.origin = self.url
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Where clients find the server: ``http://127.0.0.1:43211``."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin that stands for this port's region where a server has several."""
        return self._http.origin

    @origin.setter
    def origin(self, value: str) -> None:
        self._http.origin = value

    @property
    def world(self) -> World:
        """The world behind the server."""
        return self.server.world

    def start(self) -> HTTPFrontEnd:
        """Serve from a thread in the background."""
        thread = threading.Thread(target=self.serve_forever, name="lkapi-devserver", daemon=True)
        self._thread = thread
        thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve from this thread until ``close`` is called in another."""
        self._http.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop listening and hang up; closing twice changes nothing."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()
        self._http.hang_up()

    def __enter__(self) -> Self:
        if self._thread is None:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], server: DevServer) -> None:
        self.dev_server = server
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._next_settle = 0.0
        self.origin = ""
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        """Bind without the reverse lookup of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def service_actions(self) -> None:
        """Once a second, close the rooms whose time is over, as the real server does."""
        now = time.monotonic()
        if now >= self._next_settle:
            self._next_settle = now + 1.0
            with self.dev_server.world.lock:
                self.dev_server.world.settle()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that are open."""
        with self._open_lock:
            open_now = list(self._open)
        for connection in open_now:
            with contextlib.suppress(OSError):  # its own thread may have been faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - inherited
        """Log an error; a client that closed its connection is none."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            _log.error("a connection ended with an error", exc_info=error)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: a request line may hold a token."""

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
            content = self._read_body()
        except ValueError as error:
            self.close_connection = True
            status = 413 if str(error) == "too large" else 400
            text = b"request body too large" if status == 413 else b"400 Bad Request"
            self._write(Response(status, {"content-type": "text/plain; charset=utf-8"}, text))
            return
        headers = join_fields(self.headers.items())
        server = cast("_Server", self.server)
        url = server.origin + self.path if self.path.startswith("/") else self.path
        self._send_exchange(
            server.dev_server.exchange(Request(self.command, url, headers, content))
        )

    def _send_exchange(self, exchange: Exchange) -> None:
        if exchange.delay:
            time.sleep(exchange.delay)
        if exchange.drop:
            self.close_connection = True
            return
        self._write(exchange.response, exchange.truncate)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("content-length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            raise ValueError("bad length")
        if int(length) > MAX_BODY:
            raise ValueError("too large")
        return self._read_exactly(int(length))

    def _read_chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            size = int(self.rfile.readline(1024).partition(b";")[0].strip(), 16)
            total += size
            if size < 0 or total > MAX_BODY:
                raise ValueError("too large")
            if size == 0:
                break
            parts.append(self._read_exactly(size))
            self.rfile.readline(8)
        while self.rfile.readline(8192).strip():
            pass  # trailers, which nobody reads
        return b"".join(parts)

    def _read_exactly(self, size: int) -> bytes:
        content = self.rfile.read(size)
        if len(content) < size:
            raise ValueError("cut off")
        return content

    def _write(self, response: Response, truncate: int | None = None) -> None:
        if "content-length" not in response.headers and response.status != 204:
            length = {"content-length": str(len(response.content))}
            response = Response(response.status, {**response.headers, **length}, response.content)
        lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
        lines += [f"{name.title()}: {value}" for name, value in response.headers.items()]
        lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines) + "\r\n\r\n"
        body = response.content if truncate is None else response.content[:truncate]
        self.wfile.write(head.encode("latin-1", "replace") + body)
        self.wfile.flush()
        if len(body) < len(response.content):
            self.close_connection = True


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
