"""What is known about a url after its first use: host, TLS, and the proxy to use for it."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import attrs

from lkapi.errors import ConnectError, SettingsError

if TYPE_CHECKING:
    from lkapi.transports.options import HTTPOptions

_KEPT: Final = 256


@attrs.frozen
class Proxy:
    """An http or https proxy on the way to a server."""

    scheme: str
    host: str
    port: int
    headers: dict[str, str] = attrs.field(repr=False)
    """``proxy-authorization``, if the url has a user."""

    @classmethod
    def read(cls, url: str, *, secure: bool) -> Proxy:
        """Read a proxy's url, ``http://user:password@host:3128``, for a server with or without TLS.

        Raises:
            SettingsError: this proxy needs an HTTP client of the user.
        """
        parts = urlsplit(url)
        if parts.scheme.startswith("socks"):
            raise SettingsError(
                "a socks proxy needs an HTTP client of your own: pass an aiohttp "
                "session with the connector "
                "of aiohttp-socks, or an httpx client (httpx[socks]), as transport="
            )
        if parts.scheme == "https" and secure:
            raise SettingsError(
                "an https proxy to an https server is TLS inside TLS: use the proxy by http, or "
                "give an httpx client of yours as transport="
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        basic = b64encode(f"{user}:{password}".encode()).decode()
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or (443 if parts.scheme == "https" else 80),
            headers={"proxy-authorization": f"Basic {basic}"} if user or password else {},
        )

    @property
    def url(self) -> str:
        """The url without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def refusal(self, status: int, reason: str) -> ConnectError:
        """The error for a response of the proxy itself; the server has not seen the request."""
        hint = ": give user and password in its url" if status == 407 else ""
        return ConnectError(
            f"could not connect: the proxy {self.host}:{self.port} answered {status} "
            f"{reason}".rstrip()
            + hint
        )


@attrs.frozen
class Target:
    """Where a url leads."""

    scheme: str
    host: str
    """Without port; IPv6 without brackets."""
    port: int
    netloc: str
    """Host and port as in the ``Host`` header."""
    path: str
    """Path and query."""
    proxy: Proxy | None

    @property
    def secure(self) -> bool:
        """Whether TLS is used."""
        return self.scheme == "https"

    @property
    def origin(self) -> tuple[str, str]:
        """The origin: its targets can share connections."""
        return (self.scheme, self.netloc)


@attrs.define
class Targets:
    """Reads each url once."""

    options: HTTPOptions
    _known: dict[str, Target] = attrs.field(init=False, factory=dict[str, Target])

    def find(self, url: str) -> Target:
        """The target of a url."""
        target = self._known.get(url)
        if target is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            target = self._known[url] = self._read(url)
        return target

    def _read(self, url: str) -> Target:
        parts = urlsplit(url)
        host = parts.hostname or ""
        path = parts.path or "/"
        proxy = self._proxy(parts.scheme, host, parts.netloc)
        return Target(
            scheme=parts.scheme,
            host=host,
            port=parts.port or (443 if parts.scheme == "https" else 80),
            netloc=parts.netloc,
            path=f"{path}?{parts.query}" if parts.query else path,
            proxy=None if proxy is None else Proxy.read(proxy, secure=parts.scheme == "https"),
        )

    def _proxy(self, scheme: str, host: str, netloc: str) -> str | None:
        if self.options.proxy or not self.options.trust_env:
            return self.options.proxy
        from urllib.request import getproxies, proxy_bypass

        proxies = getproxies()
        found = proxies.get(scheme) or proxies.get("all")
        if not found or proxy_bypass(netloc) or proxy_bypass(host):
            return None
        return found if "://" in found else f"http://{found}"
