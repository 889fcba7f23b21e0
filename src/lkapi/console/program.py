"""Serving the console: a socket, uvicorn in a thread of its own, the address with its token."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

import uvicorn

import lkapi
from lkapi.console.app import ConsoleApp
from lkapi.console.console import Stage
from lkapi.console.settings import DEFAULT_PORT, ConsoleSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from typing_extensions import Self

    from lkapi.devserver import DevServer, Webhooks

__all__ = ["RunningConsole", "serve_console", "serve_stage"]

_START_SECONDS: Final = 15.0
_BACKLOG: Final = 128


class Around(Protocol):
    """What the console of a development server needs to know about the server."""

    @property
    def server(self) -> DevServer:
        """The server."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Its sender of webhooks."""
        ...

    @property
    def url(self) -> str:
        """Where clients reach it."""
        ...

    @property
    def api_key(self) -> str:
        """The key for clients."""
        ...

    @property
    def api_secret(self) -> str:
        """Its secret."""
        ...

    @property
    def port(self) -> int | None:
        """The console's port; None if none was requested."""
        ...

    @property
    def announce(self) -> Callable[[str], None]:
        """Prints a line."""
        ...


class RunningConsole:
    """A console that a thread serves.

    Args:
        settings: the server, the address, who may do what.
        stage: the development server that this console belongs to.
        announce: called with each further address: an address lets one browser in.

    Raises:
        SettingsError: the port is taken, or the settings cannot be used.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        stage: Stage | None = None,
        announce: Callable[[str], None] | None = None,
        transport: Any = None,
    ) -> None:
        self.settings = settings
        self._announce = announce
        self._socket = _listen(settings)
        self.port: int = self._socket.getsockname()[1]
        self.app = ConsoleApp(
            settings, stage=stage, port=self.port, announce=self._tell, transport=transport
        )
        config = uvicorn.Config(
            self.app, log_level="error", access_log=False, server_header=False, lifespan="on",
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lkapi-console", daemon=True)

    @property
    def url(self) -> str:
        """The address without a token."""
        host = self.settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def address(self) -> str:
        """The address to open: with a token that lets one browser in, unless a password is used."""
        return self._address_with(self.app.sessions.token)

    def _address_with(self, token: str) -> str:
        access = self.settings.access
        asks = access.password is not None or access.trust_header
        return f"{self.url}/" if asks else f"{self.url}/enter?token={token}"

    def _tell(self, token: str) -> None:
        if self._announce is not None:
            self._announce(self._address_with(token))

    def start(self) -> Self:
        """Serve from now on.

        Raises:
            SettingsError: it did not start.
        """
        self._thread.start()
        if not self._started.wait(_START_SECONDS) or not self._server.started:
            self._server.should_exit = True
            self._socket.close()
            raise lkapi.SettingsError("the console did not start")
        return self

    def close(self) -> None:
        """End."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        serving = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it no other way
            await asyncio.sleep(0.01)
        self._started.set()
        await serving


def _listen(settings: ConsoleSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise lkapi.SettingsError(
            f"the console cannot listen on {settings.host}:{settings.port}: "
            f"{error.strerror or error}; give another port, or 0 for any free one"
        ) from error
    return listening


def serve_console(
    settings: ConsoleSettings, wait: Callable[[], object], announce: Callable[[str], None]
) -> None:
    """Serve until the function returns.

    Args:
        settings: the server, the address, who may do what.
        wait: returns when the console must end.
        announce: called with the address to open, and with each further one.

    Raises:
        SettingsError: the port is taken, or the settings cannot be used.
    """
    with RunningConsole(settings, announce=announce) as running:
        announce(running.address)
        wait()


@contextlib.contextmanager
def serve_stage(around: Around) -> Generator[RunningConsole, None, None]:
    """Serve the console of a development server during the block, on this machine only.

    Its own calls go to the world without HTTP; the faults and the log of the server do not affect
    them.

    Raises:
        SettingsError: the requested port is taken.
    """
    from lkapi.devserver import DevServer, InProcessTransport

    def announce(address: str) -> None:
        around.announce(f"console at {address}")

    def make(port: int) -> RunningConsole:
        settings = ConsoleSettings(
            url=around.url, api_key=around.api_key, api_secret=around.api_secret, port=port
        )
        transport = InProcessTransport(DevServer(around.server.world))
        stage = Stage(server=around.server, webhooks=around.webhooks)
        return RunningConsole(settings, stage=stage, announce=announce, transport=transport)

    try:
        running = make(DEFAULT_PORT if around.port is None else around.port)
    except lkapi.SettingsError:
        if around.port is not None:
            raise
        running = make(0)
    with running:
        announce(running.address)
        yield running
