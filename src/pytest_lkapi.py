"""The pytest plugin of lkapi: a fresh LiveKit server for each test that uses one.

pytest loads this module in every run of an environment that has lkapi. It imports nothing of lkapi
before a fixture is used, and is outside the package, which would otherwise be imported with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lkapi import LiveKitAPI, SyncLiveKitAPI
    from lkapi.testing import CapturedWebhooks, LiveKitServer

_MARKER = (
    "livekit(profile, *, key, secret, clock, config, retry_waits, **settings): the LiveKit server "
    "of the test, as lkapi.testing.server() takes it"
)
_ENV_HELP = (
    "Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET for the whole run, before test "
    "modules are imported (for applications that read them at import)"
)
_RUN = "lkapi-run"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings of the configuration file."""
    parser.addini("livekit_env", _ENV_HELP, type="bool", default=False)
    parser.addini("livekit_profile", "Profile of the LiveKit server: cloud or self-hosted")
    parser.addini("livekit_api_key", "API key of the LiveKit server of tests")
    parser.addini("livekit_api_secret", "API secret of the LiveKit server of tests")


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Set the environment for the run, if configured, before pytest-django reads settings."""
    if early_config.getini("livekit_env"):
        early_config.pluginmanager.register(_Run(early_config), _RUN)
    yield


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


class _Run:
    """The port and the environment of a whole run, a plugin of its own."""

    def __init__(self, config: pytest.Config) -> None:
        from lkapi.testing.server import KEY, SECRET
        from lkapi.testing.sockets import borrow_port

        self.port = borrow_port()
        self._patch = pytest.MonkeyPatch()
        self._patch.setenv("LIVEKIT_URL", self.port.url.replace("http:", "ws:", 1))
        self._patch.setenv("LIVEKIT_API_KEY", config.getini("livekit_api_key") or KEY)
        self._patch.setenv("LIVEKIT_API_SECRET", config.getini("livekit_api_secret") or SECRET)
        self._patch.delenv("LIVEKIT_TOKEN", raising=False)

    def pytest_unconfigure(self) -> None:
        """Release the port and restore the environment after the run."""
        from lkapi.testing.sockets import return_port

        self._patch.undo()
        return_port(self.port)


@pytest.fixture
def livekit_server(request: pytest.FixtureRequest) -> Iterator[LiveKitServer]:
    """A LiveKit server with a world of its own, for this test only."""
    import lkapi.testing
    from lkapi.errors import SettingsError

    try:
        server = lkapi.testing.server(**_options(request))
    except (SettingsError, TypeError) as error:
        _fail(f"livekit_server: {error}")
    run: _Run | None = request.config.pluginmanager.get_plugin(_RUN)
    if run is not None:
        server.use_port(run.port)
    yield server
    server.close()


@pytest.fixture
def livekit_api_sync(livekit_server: LiveKitServer) -> SyncLiveKitAPI:
    """A sync client on ``livekit_server``, without a socket."""
    return livekit_server.sync_client()


@pytest.fixture
def livekit_api(request: pytest.FixtureRequest, livekit_server: LiveKitServer) -> LiveKitAPI:
    """An async client on ``livekit_server``, without a socket."""
    if "anyio_backend" in request.fixturenames:
        backend = request.getfixturevalue("anyio_backend")
        name = backend if isinstance(backend, str) else backend[0]
        if name != "asyncio":
            _fail(
                f"livekit_api needs asyncio, and anyio runs this test on {name}: define a fixture "
                "anyio_backend that returns 'asyncio'"
            )
    return livekit_server.client()


@pytest.fixture
def livekit_env(livekit_server: LiveKitServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """LIVEKIT_URL and the other variables by which an application finds ``livekit_server``."""
    environ = livekit_server.environ
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LIVEKIT_TOKEN", raising=False)
    return environ


@pytest.fixture
def livekit_webhooks(livekit_server: LiveKitServer) -> CapturedWebhooks:
    """The webhooks of ``livekit_server``: captured, or delivered to an application."""
    return livekit_server.webhooks


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of the configuration file, overridden by markers from the module to the function."""
    settings = {"profile": "profile", "key": "api_key", "secret": "api_secret"}
    given = {name: request.config.getini(f"livekit_{ini}") for name, ini in settings.items()}
    options: dict[str, Any] = {name: value for name, value in given.items() if value}
    for marker in reversed(list(request.node.iter_markers("livekit"))):
        if len(marker.args) > 1:
            _fail("pytest.mark.livekit takes the profile, and everything else by name")
        if marker.args:
            options["profile"] = marker.args[0]
        options.update(marker.kwargs)
    return options


def _fail(text: str) -> NoReturn:
    pytest.fail(text, pytrace=False)
