"""Whether a key and its secret can be used: text, and not in each other's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lkapi._credentials import check_credentials
from lkapi.auth import AccessToken, TokenVerifier
from lkapi.errors import SettingsError
from lkapi.settings import Settings
from lkapi.webhook import sign_webhook

KEY = "APIabcdefghijkl"
"""As long as those that LiveKit generates."""


def in_the_environment(key: str, secret: str) -> object:
    """A client's settings."""
    environ = {"LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
    return Settings.resolve("localhost", environ=environ)


USES: list[Callable[[str, str], Any]] = [
    AccessToken,
    TokenVerifier,
    check_credentials,
    in_the_environment,
    lambda key, secret: Settings.resolve("localhost", key, secret, environ={}),
    lambda key, secret: sign_webhook(b"{}", key, secret),
]


@pytest.mark.parametrize(
    ("key", "secret", "swapped"),
    [
        ("s" * 43, KEY, True),
        ("s" * 32, "API" + "k" * 17, True),
        (f"'{'s' * 43}'", f' "{KEY}"\n', True),
        ("s" * 31, KEY, False),
        ("s" * 43, "API" + "k" * 18, False),
        (KEY, "s" * 43, False),
        ("API" + "s" * 40, KEY, False),
        ("devkey", KEY, False),
        ("s" * 43, "secret", False),
    ],
)
@pytest.mark.parametrize("use", USES)
def test_a_secret_in_the_place_of_the_key_goes_nowhere(
    use: Callable[[str, str], Any], key: str, secret: str, swapped: bool
) -> None:
    """Tokens and errors name the key, so it is refused before the first; the error has neither."""
    if not swapped:
        use(key, secret)
        return
    with pytest.raises(SettingsError, match="look swapped") as caught:
        use(key, secret)
    assert key not in str(caught.value)
    assert secret not in str(caught.value)
