"""A LiveKit server for one test."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi._words import nearest
from lkapi.auth import AccessToken, VideoGrants
from lkapi.client import LiveKitAPI
from lkapi.devserver import DevServer, InProcessTransport, World, WorldConfig
from lkapi.devserver.runtime.config import DEFAULT_KEYS
from lkapi.errors import SettingsError
from lkapi.rpc.retry import without_waits
from lkapi.sync import SyncLiveKitAPI
from lkapi.testing.clock import StandingClock
from lkapi.testing.sockets import borrow_port, return_port
from lkapi.testing.webhooks import CapturedWebhooks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

    from lkapi.devserver import Clock, Faults, SimulatedParticipant
    from lkapi.devserver.runtime.config import Profile
    from lkapi.testing.sockets import Port

__all__ = ["LiveKitServer", "server"]

KEY: Final = "devkey"
SECRET: Final = "the-secret-of-servers-in-tests-only"  # noqa: S105 - long enough for every JWT library
_IN_PROCESS: Final = "http://livekit.test"
_SHIFT: Final = 3600.0
"""Seconds since a token expired, or until it becomes valid: more than any server tolerates."""
_SETTINGS: Final = tuple(
    field.name for field in attrs.fields(WorldConfig) if field.name not in ("profile", "keys")
)
_KNOWN: Final = (*_SETTINGS, "profile", "key", "secret", "environ", "clock", "retry_waits")


class LiveKitServer:
    """A LiveKit server with a world of its own, until it is closed.

    Clients in this process reach it without sockets (``client``, ``sync_client``). ``url`` opens a
    port, the first time that it is read.
    """

    def __init__(
        self, config: WorldConfig, *, clock: Clock | None = None, retry_waits: bool = False
    ) -> None:
        """Open a server; ``lkapi.testing.server`` does this from settings by name."""
        self.key, self._secret = next(iter(config.keys.items()))
        self.clock: Clock = clock or StandingClock()
        """The server's time; it stands still until ``advance``."""
        self.world = World(config=config, clock=self.clock)
        """Everything on the server: rooms, callees, egress …"""
        self.server = DevServer(self.world)
        """Handles the HTTP requests for the world."""
        self.webhooks = CapturedWebhooks(self.world)
        """Every webhook that the server sends."""
        self._port: Port | None = None
        self._closing = ExitStack()
        self._closing.callback(self.webhooks.close)
        if not retry_waits:
            self._closing.enter_context(without_waits())

    def __repr__(self) -> str:
        return f"<LiveKitServer over {self.world!r}>"

    @property
    def secret(self) -> str:
        """API secret."""
        return self._secret

    @property
    def faults(self) -> Faults:
        """Simulated faults, and the calls that reached the server."""
        return self.server.faults

    @property
    def url(self) -> str:
        """The server's URL, for any program: ``http://127.0.0.1:43211``."""
        if self._port is None:
            port = borrow_port()
            self._closing.callback(return_port, port)
            self.use_port(port)
            return port.url
        return self._port.url

    def use_port(self, port: Port) -> None:
        """Serve on this port, which stays open when the server is closed."""
        self._port = port
        port.pass_to(self.server)
        self._closing.callback(port.pass_to, None)

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that point a program to the server."""
        return {
            "LIVEKIT_URL": self.url.replace("http:", "ws:", 1),
            "LIVEKIT_API_KEY": self.key,
            "LIVEKIT_API_SECRET": self._secret,
        }

    @property
    def transport(self) -> InProcessTransport:
        """``transport=`` for a client of this process."""
        return InProcessTransport(self.server)

    def client(self, url: str = _IN_PROCESS, **options: Any) -> LiveKitAPI:
        """An async client on this server, without a socket; it need not be closed.

        Args:
            url: the URL that the client believes it is connected to; with one under
                ``livekit.cloud`` it retries and moves between regions as for LiveKit Cloud.
            **options: as for ``LiveKitAPI``.
        """
        transport = options.pop("transport", self.transport)
        return LiveKitAPI(url, self.key, self._secret, transport=transport, **options)

    def sync_client(self, url: str = _IN_PROCESS, **options: Any) -> SyncLiveKitAPI:
        """A sync client on this server, without a socket; see ``client``."""
        transport = options.pop("transport", self.transport)
        return SyncLiveKitAPI(url, self.key, self._secret, transport=transport, **options)

    def token(
        self,
        identity: str,
        room: str,
        *,
        grants: VideoGrants | None = None,
        ttl: float = 600.0,
        expired: bool = False,
        not_yet_valid: bool = False,
        key: str | None = None,
        secret: str | None = None,
        **options: Any,
    ) -> str:
        """Make an access token, valid or not.

        Args:
            identity: who joins.
            room: name of the room.
            grants: grants to use instead of joining the room.
            ttl: lifetime in seconds.
            expired: make one that expired an hour ago.
            not_yet_valid: make one that becomes valid in an hour.
            key: sign with another API key, unknown to the server.
            secret: sign with another secret.
            **options: as for ``AccessToken``: ``name``, ``metadata``, ``attributes`` …
        """
        shift = -ttl - _SHIFT if expired else _SHIFT if not_yet_valid else 0.0
        token = AccessToken(
            key or self.key,
            secret or self._secret,
            identity=identity,
            grants=grants or VideoGrants(room_join=True, room=room),
            ttl=ttl,
            clock=lambda: self.clock.token_now() + shift,
            **options,
        )
        return token.to_jwt()

    def join(
        self,
        identity: str,
        room: str,
        *,
        grants: VideoGrants | None = None,
        active: bool = True,
        **options: Any,
    ) -> SimulatedParticipant:
        """Let a participant join a room; it can then publish, receive data, answer RPC and leave.

        Args:
            identity: who joins.
            room: name of the room, which is created if it does not exist.
            grants: grants to use instead of joining the room; they name the room.
            active: whether its media connects at once.
            **options: as for ``AccessToken``.

        Raises:
            JoinRefused: with the status and the text of the server.
        """
        token = self.token(identity, room, grants=grants, **options)
        return self.world.join(token, active=active)

    def join_with(self, token: str, **options: Any) -> SimulatedParticipant:
        """Join with a token, for example one that the application under test made.

        Args:
            token: the access token.
            **options: as for ``World.join``.

        Raises:
            JoinRefused: with the status and the text of the server.
        """
        return self.world.join(token, **options)

    def set_environ(self) -> None:
        """Set the environment variables of this process, until the server is closed."""
        before = {name: os.environ.get(name) for name in (*self.environ, "LIVEKIT_TOKEN")}
        self._closing.callback(_restore_environ, before)
        os.environ.pop("LIVEKIT_TOKEN", None)
        os.environ.update(self.environ)

    def close(self) -> None:
        """Close the server; closing it twice is allowed."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def server(
    profile: Profile | None = None,
    *,
    key: str | None = None,
    secret: str | None = None,
    environ: bool = False,
    clock: Clock | None = None,
    config: WorldConfig | None = None,
    retry_waits: bool = False,
    **settings: Any,
) -> LiveKitServer:
    """Open a LiveKit server for a test; close it at the end. For unittest, or for a wider scope.

    ::

        def setUp(self):
            self.livekit = lkapi.testing.server(environ=True)
            self.addCleanup(self.livekit.close)

    With pytest the fixture ``livekit_server`` does this. The server is a context manager, too.

    Args:
        profile: ``cloud`` (the default) or ``self-hosted``.
        key: API key of the server.
        secret: its secret.
        environ: whether LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are set until the
            server is closed.
        clock: the server's time; by default one that stands still until it is moved.
        config: further settings as an object.
        retry_waits: whether clients of this process wait between attempts, which makes tests
            slower.
        **settings: further settings by name, the fields of ``WorldConfig``.

    Raises:
        SettingsError: a setting does not exist, or its value is not valid.
    """
    for name in settings:
        if name not in _SETTINGS:
            error = f"a LiveKit server has no setting {name!r}{nearest(name, _KNOWN)}"
            raise SettingsError(error)
    if profile not in (None, "cloud", "self-hosted"):
        raise SettingsError(f"profile must be 'cloud' or 'self-hosted', not {profile!r}")
    base = config or WorldConfig()
    if profile is not None:
        settings["profile"] = profile
    settings["keys"] = _keys(base.keys, key, secret)
    made = LiveKitServer(attrs.evolve(base, **settings), clock=clock, retry_waits=retry_waits)
    if environ:
        made.set_environ()
    return made


def _keys(given: Mapping[str, str], key: str | None, secret: str | None) -> dict[str, str]:
    """The keys of a server, the one of its clients first."""
    others = {} if given == DEFAULT_KEYS else dict(given)
    first = next(iter(others), KEY) if key is None else key
    before = others.pop(first, SECRET)
    return {first: before if secret is None else secret, **others}


def _restore_environ(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
