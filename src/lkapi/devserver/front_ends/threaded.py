"""The embedded server over HTTP/1.1, one thread for each connection, for any client."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any

from lkapi.devserver.front_ends.connection import Connection
from lkapi.devserver.server.dev_server import DevServer

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver.world import World

__all__ = ["HTTPFrontEnd"]

_log = logging.getLogger("lkapi.devserver")


class HTTPFrontEnd:
    """Serves a server on a port until it is closed.

    ::

        with HTTPFrontEnd(DevServer()) as http:
            print(http.url)

    Args:
        server: the server, or a world for a new one.
        host: address to listen on.
        port: 0 for any free one.
        tls: serves ``https`` with this context; plain ``http`` by default.
    """

    def __init__(
        self,
        server: DevServer | World | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: SSLContext | None = None,
    ) -> None:
        self.server = server if isinstance(server, DevServer) else DevServer(server)
        self._http = _Server((host, port), self.server, tls)
        self._host = host
        self._scheme = "https" if tls else "http"
        self.origin = self.url
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """The URL of the server: ``http://127.0.0.1:43211``."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{self._scheme}://{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin of this port's region, if the server has several regions."""
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
        """Stop listening and close the connections; closing twice is allowed."""
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


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], server: DevServer, tls: SSLContext | None) -> None:
        self.dev_server = server
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._next_settle = 0.0
        self.origin = ""
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Connection)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; its own thread does the TLS handshake."""
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

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
        """Close the open connections."""
        with self._open_lock:
            open_now = list(self._open)
        for connection in open_now:
            with contextlib.suppress(OSError):  # its own thread may have been faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - inherited
        """Log an error; a client that closed its connection is not an error."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            _log.error("a connection ended with an error", exc_info=error)
