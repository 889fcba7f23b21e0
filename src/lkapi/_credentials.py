"""An API key and its secret: as given, or from the environment, and fit to sign with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_credentials", "checked", "read_credentials"]

_KEY_VARIABLE: Final = "LIVEKIT_API_KEY"
_SECRET_VARIABLE: Final = "LIVEKIT_API_SECRET"  # noqa: S105 - its name
_LONGEST_KEY: Final = 20
"""LiveKit generates keys of 15 characters."""
_SHORTEST_SECRET: Final = 32
"""LiveKit generates secrets of 43 characters or more."""


def read_credentials(
    api_key: str | None,
    api_secret: str | None,
    environ: Mapping[str, str] | None = None,
    *,
    otherwise: str = "",
) -> tuple[str, str]:
    """Key and secret as given, or else ``LIVEKIT_API_KEY`` and ``LIVEKIT_API_SECRET``.

    The two come from one place: a key that was given is never combined with the secret of the
    environment, which is that of another key. An empty string counts as not given. ``otherwise``
    says what else could be passed, for the error.

    Raises:
        SettingsError: naming what is missing or not valid.
    """
    if api_key or api_secret:
        return _given(api_key, api_secret)
    env = os.environ if environ is None else environ
    key, secret = env.get(_KEY_VARIABLE), env.get(_SECRET_VARIABLE)
    if key and secret:
        return _checked_pair(key, secret)
    if key or secret:
        there, missing = _KEY_VARIABLE, _SECRET_VARIABLE
        if not key:
            there, missing = missing, there
        raise SettingsError(
            f"{there} is set without {missing}: set both, or pass api_key= and api_secret="
        )
    raise SettingsError(
        f"no credentials: pass api_key= and api_secret={otherwise}, "
        f"or set {_KEY_VARIABLE} and {_SECRET_VARIABLE}"
    )


def _given(api_key: str | None, api_secret: str | None) -> tuple[str, str]:
    if not api_secret:
        raise SettingsError(
            "api_key was given without api_secret: pass both "
            f"({_SECRET_VARIABLE} is not read when a credential is passed)"
        )
    if not api_key:
        raise SettingsError(
            "api_secret was given without api_key: pass both "
            f"({_KEY_VARIABLE} is not read when a credential is passed)"
        )
    return _checked_pair(api_key, api_secret)


def _checked_pair(key: object, secret: object) -> tuple[str, str]:
    pair = checked(key, "api_key"), checked(secret, "api_secret")
    if _look_swapped(*pair):
        raise SettingsError(
            "api_key and api_secret look swapped: "
            "LiveKit's API keys start with API, and are shorter than their secrets"
        )
    return pair


def _look_swapped(key: str, secret: str) -> bool:
    """Whether these are a key and a secret of LiveKit's making, in the wrong order.

    Tokens, errors and logs name the key, so they would show the secret.
    """
    is_key = secret.startswith("API") and len(secret) <= _LONGEST_KEY
    return is_key and len(key) >= _SHORTEST_SECRET and not key.startswith("API")


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


def check_credentials(api_key: str, api_secret: str) -> None:
    """Refuse a key or secret that cannot sign.

    Raises:
        SettingsError: naming the one that is empty, or not text.
    """
    for name, value in (("api_key", api_key), ("api_secret", api_secret)):
        if not checked(value, name):
            raise SettingsError(f"{name} is empty: nothing can be signed with it")
