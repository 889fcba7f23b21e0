"""What is examined: a server, credentials, and the ways to reach it. One for each run."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

import attrs

from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import NO_RETRY
from lkapi.settings import APIKey, BearerToken
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports import HTTPOptions, Request, open_sync
from lkapi.transports.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.settings import Credentials, ServerURL
    from lkapi.transports import Response, SyncTransport
    from lkapi.transports.targets import Proxy

__all__ = ["Case"]


@attrs.define(slots=False)
class Case:
    """One server with the credentials for it."""

    url: ServerURL
    credentials: Credentials | None = None
    """None if there are none to try."""
    timeout: float = 5.0
    """Seconds for each connection and each call."""
    clock: Callable[[], float] = time.time
    """Returns the current unix time."""
    failover: Failover = attrs.field(factory=Failover)
    """Which hosts belong to LiveKit Cloud."""
    http: HTTPOptions = attrs.field(factory=HTTPOptions)
    skew: float | None = None
    """Seconds by which the server's clock is ahead of this machine's, when known."""
    room: str = ""
    """A room to use in checks, when one is known."""

    @property
    def port(self) -> int:
        """The port of the server."""
        return Targets(HTTPOptions(trust_env=False)).find(self.url.base).port

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that leads there."""
        return Targets(self.http).find(self.url.base).proxy

    @property
    def cloud(self) -> bool:
        """Whether the host is one of LiveKit Cloud's."""
        return self.failover.domain_of(self.url) is not None

    @functools.cached_property
    def transport(self) -> SyncTransport:
        """Connections for requests that are not API calls."""
        return open_sync(None, self.http)()

    def get(self, path: str, authorization: str = "") -> Response:
        """Send a GET request.

        Raises:
            TransportError: there was no response.
        """
        headers = {"authorization": authorization} if authorization else {}
        url = self.url.origin + path
        return self.transport.send(Request("GET", url, headers, timeout=self.timeout))

    @functools.cached_property
    def client(self) -> SyncLiveKitAPI:
        """The client for calls, which makes each once and at the named server only."""
        held = self.credentials
        key = (held.key, held.secret) if isinstance(held, APIKey) else (None, None)
        token = held.token if isinstance(held, BearerToken) else None
        return SyncLiveKitAPI(
            self.url.base,
            *key,
            token=token,
            timeout=self.timeout,
            retry=NO_RETRY,
            failover=attrs.evolve(self.failover, enabled=False),
            ssl_context=self.http.ssl_context,
            proxy=self.http.proxy,
            trust_env=self.http.trust_env,
        )

    def close(self) -> None:
        """Close the connections that were opened."""
        for name in ("client", "transport"):
            if name in self.__dict__:
                self.__dict__[name].close()
