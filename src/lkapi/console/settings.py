"""The settings of a console: its server, its own address, who may use it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
from pathlib import Path
from typing import Final

import attrs

import lkapi

__all__ = ["DEFAULT_PORT", "Access", "ConsoleSettings", "Password", "is_loopback"]

DEFAULT_PORT: Final = 7890
_ROUNDS: Final = {"n": 2**14, "r": 8, "p": 1}
_SALT_BYTES: Final = 16


class Password:
    """A password, kept as its scrypt hash."""

    def __init__(self, text: str) -> None:
        self._salt = os.urandom(_SALT_BYTES)
        self._hash = self._digest(text)

    @classmethod
    def read(cls, path: str) -> Password:
        """The password in a file: its first line.

        Raises:
            SettingsError: the file cannot be read, or has none.
        """
        try:
            first, *_ = [*Path(path).read_text("utf-8").splitlines(), ""]
        except OSError as error:
            why = error.strerror or error
            raise lkapi.SettingsError(f"--password-file: cannot read {path!r}: {why}") from None
        except UnicodeDecodeError:
            raise lkapi.SettingsError(f"--password-file: {path!r} is not UTF-8 text") from None
        if not first.strip():
            raise lkapi.SettingsError(f"--password-file: the first line of {path!r} is empty")
        return cls(first.strip())

    def matches(self, text: str) -> bool:
        """Whether the text is this password, compared in constant time."""
        return hmac.compare_digest(self._digest(text), self._hash)

    def _digest(self, text: str) -> bytes:
        return hashlib.scrypt(text.encode("utf-8", "replace"), salt=self._salt, **_ROUNDS)


@attrs.frozen(kw_only=True)
class Access:
    """Who may use the console."""

    password: Password | None = attrs.field(default=None, repr=False)
    """Used instead of the token of the printed address."""
    trust_header: str = ""
    """Name of the header in which a reverse proxy sends the user; requests with it may enter."""
    host_names: tuple[str, ...] = ()
    """Host names by which browsers may reach the console, besides the one that it listens on."""


@attrs.frozen(kw_only=True)
class ConsoleSettings:
    """The settings of one console.

    Raises:
        SettingsError: it would listen to other machines without authentication.
    """

    url: str
    """The LiveKit server."""
    api_key: str = attrs.field(default="", repr=False)
    api_secret: str = attrs.field(default="", repr=False)
    token: str = attrs.field(default="", repr=False)
    """An access token instead of key and secret; then no tokens are made or verified."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 for any free one."""
    access: Access = attrs.field(factory=Access)
    read_only: bool = False
    """Whether every change is refused."""
    timeout: float = 10.0
    """Seconds that a call may take."""

    def __attrs_post_init__(self) -> None:
        asked = self.access.password or self.access.trust_header
        if not is_loopback(self.host) and not asked:
            raise lkapi.SettingsError(
                f"--host {self.host} lets other machines in: add --password-file FILE, or "
                "--trust-header NAME behind a reverse proxy that sets this header"
            )

    @property
    def can_sign(self) -> bool:
        """Whether there is a key to make and verify tokens with."""
        return bool(self.api_key and self.api_secret)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
