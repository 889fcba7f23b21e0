"""Whether an API key and its secret are fit to sign with."""

from __future__ import annotations

from typing import Final

from lkapi.errors import SettingsError

__all__ = ["bare", "check_credentials", "checked", "checked_pair"]

_LONGEST_KEY: Final = 20
"""LiveKit generates keys of 15 characters."""
_SHORTEST_SECRET: Final = 32
"""LiveKit generates secrets of 43 characters or more."""


def bare(value: str) -> str:
    """Without the blanks and quotes that come along when a key or a secret is copied."""
    return value.strip(" \t\r\n'\"")


def checked(value: object, name: str) -> str:
    """A key or a secret, if it is text that can be signed.

    Raises:
        SettingsError: with the name, and not the value.
    """
    if not isinstance(value, str):
        raise SettingsError(f"{name} must be a string, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SettingsError(f"{name} holds half of a surrogate pair: remove it") from None
    return value


def checked_pair(api_key: object, api_secret: object) -> tuple[str, str]:
    """Key and secret, if they can be used.

    Raises:
        SettingsError: one of them is not text, or they are in the wrong order.
    """
    key, secret = checked(api_key, "api_key"), checked(api_secret, "api_secret")
    if _look_swapped(bare(key), bare(secret)):
        raise SettingsError(
            "api_key and api_secret look swapped: "
            "LiveKit's API keys start with API, and are shorter than their secrets"
        )
    return key, secret


def _look_swapped(key: str, secret: str) -> bool:
    """Whether these are a key and a secret of LiveKit's making, in the wrong order.

    Tokens, errors and logs name the key, so they would show the secret.
    """
    is_key = secret.startswith("API") and len(secret) <= _LONGEST_KEY
    return is_key and len(key) >= _SHORTEST_SECRET and not key.startswith("API")


def check_credentials(api_key: str, api_secret: str) -> None:
    """Refuse a key or secret that cannot sign.

    Raises:
        SettingsError: naming the one that is empty or not text, or if they look swapped.
    """
    key, secret = checked_pair(api_key, api_secret)
    if not key or not secret:
        name = "api_secret" if key else "api_key"
        raise SettingsError(f"{name} is empty: nothing can be signed with it")
