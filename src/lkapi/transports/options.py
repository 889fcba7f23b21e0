"""Options for connections: TLS, proxy, limits. Plain values, without an HTTP library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import attrs

from lkapi.errors import SettingsError
from lkapi.transports.base import MAX_RESPONSE_BYTES

if TYPE_CHECKING:
    import ssl


@attrs.frozen(kw_only=True)
class Limits:
    """Limits of one connection pool."""

    connections: int = 200
    """Connections open at the same time; further calls wait for a free one until they time out."""
    idle: int = 50
    """Unused connections that are kept open."""
    idle_seconds: float = 15.0
    """How long an unused connection is kept; shorter than servers keep theirs."""
    max_response_bytes: int = MAX_RESPONSE_BYTES
    """Larger responses are refused."""


@attrs.frozen(kw_only=True)
class HTTPOptions:
    """How to reach the server."""

    verify: bool = True
    """Whether the server's certificate is checked; switch off only for a test server."""
    ca_file: str | os.PathLike[str] | None = None
    """PEM file of the authorities to trust instead of the system's."""
    ssl_context: ssl.SSLContext | None = None
    """Used instead of the two above, for a client certificate for example."""
    proxy: str | None = attrs.field(default=None, repr=False)
    """Url of a proxy, ``http://user:password@host:3128``; None uses the environment's."""
    trust_env: bool = True
    """Whether ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are used."""
    limits: Limits = attrs.field(factory=Limits)

    def __attrs_post_init__(self) -> None:
        if self.ssl_context is not None and (self.ca_file is not None or not self.verify):
            raise SettingsError("ssl_context replaces verify and ca_file: pass it without them")
        if self.proxy is not None and not self.proxy.lower().startswith(_PROXY_SCHEMES):
            raise SettingsError("proxy must be an http, https, socks5 or socks5h url")

    def tls(self) -> ssl.SSLContext:
        """The context for TLS connections.

        Raises:
            SettingsError: ``ca_file`` cannot be read.
        """
        if self.ssl_context is not None:
            return self.ssl_context
        import ssl

        if not self.verify:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        if self.ca_file is None:
            return _system_context()
        try:
            return ssl.create_default_context(cafile=os.fspath(self.ca_file))
        except OSError as error:
            path = os.fspath(self.ca_file)
            raise SettingsError(
                f"ca_file {path!r} cannot be read: {error.strerror or error}"
            ) from None


_PROXY_SCHEMES = ("http://", "https://", "socks5://", "socks5h://")


_in_use: WeakValueDictionary[tuple[str | None, ...], ssl.SSLContext] = WeakValueDictionary()


def _system_context() -> ssl.SSLContext:
    """The system's trusted authorities; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` have precedence.

    Clients that exist at the same time share one: it takes 0.75 MB and 20 ms. When the last of them
    is dropped, the next client reads the authorities again.
    """
    import ssl

    named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    context = _in_use.get(named)
    if context is None:
        context = _in_use[named] = ssl.create_default_context()
    return context
