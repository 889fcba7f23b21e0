"""What is known of a url after its first use: host, TLS, and the proxy that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs

if TYPE_CHECKING:
    from lkapi.transports.options import HTTPOptions

_KEPT: Final = 256


@attrs.frozen
class Target:
    """Where a url leads."""

    scheme: str
    host: str
    """Without port; IPv6 without brackets."""
    port: int
    netloc: str
    """Host and port as they stand in the ``Host`` header."""
    path: str
    """Path and query."""
    proxy: str | None

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme == "https"

    @property
    def origin(self) -> tuple[str, str]:
        """What connections can be shared by."""
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
        return Target(
            scheme=parts.scheme,
            host=host,
            port=parts.port or (443 if parts.scheme == "https" else 80),
            netloc=parts.netloc,
            path=f"{path}?{parts.query}" if parts.query else path,
            proxy=self._proxy(parts.scheme, host, parts.netloc),
        )

    def _proxy(self, scheme: str, host: str, netloc: str) -> str | None:
        if self.options.proxy or not self.options.trust_env:
            return self.options.proxy
        proxies = getproxies()
        found = proxies.get(scheme) or proxies.get("all")
        if not found or proxy_bypass(netloc) or proxy_bypass(host):
            return None
        return found if "://" in found else f"http://{found}"
