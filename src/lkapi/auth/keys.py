"""API keys and their secrets: from the caller, from the environment, or looked up by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from lkapi.errors import SettingsError, UnknownAPIKeyError

__all__ = ["KeyLookup", "Keys"]

Secrets = str | Sequence[str] | None
KeyLookup = Callable[[str], Secrets]
"""Returns the secret of an API key, several secrets while one replaces another, or None."""

Keys = Mapping[str, str | Sequence[str]] | KeyLookup
"""Secrets by the name of their API key, or a function that finds them."""


def read_credentials(api_key: str | None, api_secret: str | None) -> tuple[str, str]:
    """Key and secret as given, otherwise from ``LIVEKIT_API_KEY`` and ``LIVEKIT_API_SECRET``.

    Raises:
        SettingsError: naming what is missing.
    """
    key = api_key or os.environ.get("LIVEKIT_API_KEY", "")
    secret = api_secret or os.environ.get("LIVEKIT_API_SECRET", "")
    if not key and not secret:
        raise SettingsError(
            "api_key and api_secret are missing: pass both, "
            "or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        )
    if not key:
        raise SettingsError("api_key is missing: pass it, or set LIVEKIT_API_KEY")
    if not secret:
        raise SettingsError("api_secret is missing: pass it, or set LIVEKIT_API_SECRET")
    return _checked(key, "api_key"), _checked(secret, "api_secret")


def _checked(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{name} must be a string, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SettingsError(f"{name} holds half of a surrogate pair: remove it") from None
    return value


def check_credentials(api_key: str, api_secret: str) -> None:
    """Refuse a key or secret that cannot sign.

    Raises:
        SettingsError: naming the one that is empty, or not text.
    """
    for name, value in (("api_key", api_key), ("api_secret", api_secret)):
        if not _checked(value, name):
            raise SettingsError(f"{name} is empty: nothing can be signed with it")


def make_lookup(api_key: str | None, api_secret: str | None, keys: Keys | None) -> KeyLookup:
    """A function that returns the secrets of an API key, in whichever form they were given.

    Raises:
        SettingsError: if a credential is missing, or given in both ways.
    """
    if keys is None:
        key, secret = read_credentials(api_key, api_secret)
        return {key: secret}.get
    if api_key or api_secret:
        raise SettingsError("pass api_key and api_secret, or keys, not both")
    if callable(keys):
        return keys
    if not keys:
        raise SettingsError(
            "keys is empty, so every token would be refused: give at least one API key and secret"
        )
    return keys.get


def find_secrets(lookup: KeyLookup, api_key: str) -> tuple[str, ...]:
    """The secrets of a key, at least one.

    Raises:
        UnknownAPIKeyError: if there is none.
        SettingsError: if what was found is not text.
    """
    found = lookup(api_key) if api_key else None
    if isinstance(found, str) and found:
        return (_checked(found, "a secret in keys"),)
    secrets = tuple(found or ()) if isinstance(found, (list, tuple)) else (found,)
    usable = tuple(_checked(secret, "a secret in keys") for secret in secrets if secret)
    if not usable:
        name = repr(api_key) if len(api_key) <= 64 else "of over 64 characters"
        raise UnknownAPIKeyError(
            f"the token names the API key {name}, which is not among the keys of this verifier"
        )
    return usable
