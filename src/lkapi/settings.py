"""The settings of a client: url, credentials and environment, checked when it is made.

Each mistake raises ``SettingsError`` at once, which says what is wrong and how to fix it. No repr
shows a secret.
"""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import SplitResult, urlsplit

import attrs

from lkapi._credentials import checked_pair
from lkapi.errors import SettingsError
from lkapi.errors.base import hides_locals

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TIMEOUT: Final = 10.0
"""Default for the seconds that a call may take in total; every LiveKit SDK uses ten."""

MAX_TIMEOUT: Final = 86400.0
"""Highest timeout of a call in seconds, one day: no call takes that long."""

Seconds = float | timedelta
"""A length of time: a number of seconds or a ``timedelta``."""

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


@attrs.frozen
class ServerURL:
    """A server's address in the normalised form that the rest of the library uses."""

    origin: str
    """``https://example.livekit.cloud``: scheme, lower-case host, port unless it is the default."""
    host: str
    """Host without port, in lower case; IPv6 without brackets."""
    path: str = ""
    """Base path without a trailing slash, empty for none."""

    @property
    def base(self) -> str:
        """Origin and base path; a method's path is appended to it."""
        return self.origin + self.path

    @property
    def secure(self) -> bool:
        """Whether it is reached over TLS."""
        return self.origin.startswith("https:")

    def at(self, origin: str) -> str:
        """Base url of the same service at another origin: the path is kept."""
        return origin + self.path


@attrs.frozen
class APIKey:
    """An API key and its secret: a token is made for each call."""

    key: str
    secret: str = attrs.field(repr=False)


@attrs.frozen
class BearerToken:
    """A ready-made token, sent unchanged with each call."""

    token: str = attrs.field(repr=False)


Credentials = APIKey | BearerToken


@attrs.frozen
class Settings:
    """A server and the credentials for it."""

    url: ServerURL
    credentials: Credentials

    @classmethod
    @hides_locals
    def resolve(
        cls,
        url: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        token: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Combine arguments and environment; an empty string counts as not given.

        Any credential given as an argument switches the environment's credentials off, so that an
        ambient ``LIVEKIT_TOKEN`` cannot override an explicit key.

        Raises:
            SettingsError: the url or a credential is missing or not valid.
        """
        env = os.environ if environ is None else environ
        address = url or env.get("LIVEKIT_URL") or ""
        return cls(parse_url(address), _credentials(api_key, api_secret, token, env))


def parse_url(text: str) -> ServerURL:
    """Read a server address: ws, wss, http or https url, or a bare host with or without a port.

    A bare loopback host is reached over http, any other bare host over https.

    Raises:
        SettingsError: it is empty, has another scheme, or contains parts that a server address
            cannot have.
    """
    if not isinstance(cast("object", text), str):
        raise TypeError(f"url must be a str, not {type(text).__name__}")
    address = text.strip()
    if _UNSAFE.search(address):
        raise SettingsError(
            f"url {_without_secrets(address)!r} has blanks or line breaks: "
            "leave them out, or percent-encode them in a path"
        )
    if not address:
        raise SettingsError(
            "no server url: pass url= or set LIVEKIT_URL, for example wss://example.livekit.cloud"
        )
    scheme, parts = _split(address)
    host = _host(parts, address)
    port = _port(parts, address)
    _refuse_extras(parts, address)
    literal = f"[{host}]" if ":" in host else host
    default = port is None or port == _DEFAULT_PORTS[scheme]
    origin = f"{scheme}://{literal}" if default else f"{scheme}://{literal}:{port}"
    return ServerURL(origin=origin, host=host, path=parts.path.rstrip("/"))


def _split(address: str) -> tuple[str, SplitResult]:
    given, mark, rest = address.partition("://")
    if mark and given.lower() not in _SCHEMES:
        raise SettingsError(
            f"url {_without_secrets(address)!r} has the scheme {given!r}: "
            "use wss, https, ws or http"
        )
    try:
        parts = urlsplit(f"//{rest if mark else address}")
        name = parts.hostname or ""
    except ValueError as error:
        raise SettingsError(f"url {_without_secrets(address)!r} cannot be read: {error}") from None
    if mark:
        return _SCHEMES[given.lower()], parts
    return ("http" if is_loopback(name) else "https"), parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, ``*.localhost`` or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(parts: SplitResult, address: str) -> str:
    host = parts.hostname or ""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise SettingsError(
                f"url {_without_secrets(address)!r} has an invalid IPv6 address"
            ) from None
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise SettingsError(
            f"url {_without_secrets(address)!r} has no usable host: give one like wss://example.livekit.cloud"
        )
    return name


def _port(parts: SplitResult, address: str) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise SettingsError(
            f"url {_without_secrets(address)!r} has an invalid port: use 1 to 65535"
        )
    return port


def _refuse_extras(parts: SplitResult, address: str) -> None:
    if "@" in parts.netloc:
        raise SettingsError(
            f"url {_without_secrets(address)!r} carries a user name or password: "
            "pass api_key= and api_secret= instead"
        )
    if parts.query or parts.fragment:
        raise SettingsError(
            f"url {_without_secrets(address)!r} has a query or fragment: leave it out"
        )
    if not parts.path.isascii():
        raise SettingsError(
            f"url {_without_secrets(address)!r} has non-ASCII characters in its path: "
            "percent-encode them"
        )


def _without_secrets(address: str) -> str:
    """The address for an error text: what stands before an ``@``, and a query, may be a secret."""
    head, mark, rest = address.rpartition("@")
    scheme, has_scheme, _ = head.partition("://")
    before = (f"{scheme}://" if has_scheme else "") + "…@" if mark else ""
    return (before + rest).partition("?")[0]


def _credentials(
    api_key: str | None, api_secret: str | None, token: str | None, env: Mapping[str, str]
) -> Credentials:
    for name, value in (("api_key", api_key), ("api_secret", api_secret), ("token", token)):
        if not isinstance(cast("object", value), (str, type(None))):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if token and (api_key or api_secret):
        raise SettingsError("both a token and an API key were given: pass one or the other")
    if token:
        return _bearer(token)
    if api_key or api_secret:
        return _explicit_key(api_key, api_secret)
    ambient = env.get("LIVEKIT_TOKEN")
    return _bearer(ambient) if ambient else _environment_key(env)


def _explicit_key(api_key: str | None, api_secret: str | None) -> APIKey:
    if not api_secret:
        raise SettingsError(
            "api_key was given without api_secret: pass both "
            "(LIVEKIT_API_SECRET is not read when a credential is passed)"
        )
    if not api_key:
        raise SettingsError(
            "api_secret was given without api_key: pass both "
            "(LIVEKIT_API_KEY is not read when a credential is passed)"
        )
    return APIKey(*checked_pair(api_key, api_secret))


def _environment_key(env: Mapping[str, str]) -> APIKey:
    key, secret = env.get("LIVEKIT_API_KEY"), env.get("LIVEKIT_API_SECRET")
    if key and secret:
        return APIKey(*checked_pair(key, secret))
    if key:
        raise SettingsError(
            "LIVEKIT_API_KEY is set without LIVEKIT_API_SECRET: set both, "
            "or pass api_key= and api_secret="
        )
    if secret:
        raise SettingsError(
            "LIVEKIT_API_SECRET is set without LIVEKIT_API_KEY: set both, "
            "or pass api_key= and api_secret="
        )
    raise SettingsError(
        "no credentials: pass api_key= and api_secret=, or token=, "
        "or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or LIVEKIT_TOKEN"
    )


def _bearer(token: str) -> BearerToken:
    bare = token.strip()
    if not bare or _UNSAFE.search(bare) or not bare.isascii():
        raise SettingsError(
            "the token contains blanks or characters that a JWT cannot have: pass the bare JWT"
        )
    return BearerToken(bare)


def to_seconds(value: object, name: str = "timeout") -> float | None:
    """Read a length of time as seconds: a number, a ``timedelta``, or an ``aiohttp.ClientTimeout``.

    Returns:
        None if no length is given (None, or a ClientTimeout without ``total``).

    Raises:
        SettingsError: it is zero, negative or not finite.
        TypeError: it is something else.
    """
    if isinstance(value, timedelta):
        value = value.total_seconds()
    elif not isinstance(value, (int, float)) and hasattr(value, "total"):
        value = getattr(value, "total")  # noqa: B009 - a duck-typed ClientTimeout
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be seconds or a timedelta, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise SettingsError(f"{name} must be more than 0 seconds and finite, not {value!r}")
    if value > MAX_TIMEOUT:
        raise SettingsError(f"{name} must not be more than {MAX_TIMEOUT:.0f} seconds, one day")
    return float(value)
