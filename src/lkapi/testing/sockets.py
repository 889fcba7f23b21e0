"""HTTP ports for servers that come and go: a port stays open and serves one test after another.

So tests do not wait for a server to start, and an application that is configured once, at import,
finds the server of each test at the same URL.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from lkapi.devserver import DevServer, HTTPFrontEnd
from lkapi.devserver.http.responses import error_response
from lkapi.devserver.server.exchange import Exchange
from lkapi.errors import APIError

if TYPE_CHECKING:
    from lkapi.devserver import World
    from lkapi.transports.base import Request

__all__ = ["Port", "borrow_port", "return_port"]

_IDLE = (
    "no test is using the LiveKit server now: let the test use the fixture livekit_server or "
    "livekit_env, or keep the server of lkapi.testing.server() open"
)


class _Relay(DevServer):
    """Forwards requests to the server that uses the port now."""

    def __init__(self) -> None:
        super().__init__()
        self._own_world: World = self.world
        self._current: DevServer | None = None

    def pass_to(self, server: DevServer | None) -> None:
        self._current = server
        self.world = self._own_world if server is None else server.world

    def exchange(self, request: Request) -> Exchange:
        current = self._current
        if current is not None:
            return current.exchange(request)
        return Exchange(error_response(APIError("failed_precondition", _IDLE, status=412)))


class Port:
    """One port of this process, used by one server after another."""

    def __init__(self) -> None:
        self._relay = _Relay()
        self._front_end = HTTPFrontEnd(self._relay).start()
        self._process = os.getpid()

    @property
    def url(self) -> str:
        """Where clients find it: ``http://127.0.0.1:43211``."""
        return self._front_end.url

    @property
    def usable(self) -> bool:
        """Whether its thread exists: a forked process does not have its parent's threads."""
        return self._process == os.getpid()

    def pass_to(self, server: DevServer | None) -> None:
        """Serve this server from now on; with None, requests are refused with an explanation."""
        self._relay.pass_to(server)

    def close(self) -> None:
        """Stop listening."""
        if self.usable:
            self._front_end.close()


_lock = threading.Lock()
_idle: list[Port] = []


def borrow_port() -> Port:
    """An unused port: the one returned last, or a new one."""
    with _lock:
        if not _idle:
            atexit.register(_close_idle)
        while _idle:
            port = _idle.pop()
            if port.usable:
                return port
    return Port()


def return_port(port: Port) -> None:
    """Return a port, still open."""
    port.pass_to(None)
    with _lock:
        _idle.append(port)


def _close_idle() -> None:
    while _idle:
        _idle.pop().close()
