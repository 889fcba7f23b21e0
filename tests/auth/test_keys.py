"""API keys and secrets: which are missing, and in which form they are given."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.auth.keys import find_secrets, make_lookup, read_credentials
from lkapi.errors import SettingsError, UnknownAPIKeyError

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
BOTH = (
    "api_key and api_secret are missing: pass both, or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
)


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    monkeypatch.delenv("LIVEKIT_API_SECRET", raising=False)


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [
        (None, None, BOTH),
        ("", "", BOTH),
        (None, SECRET, "api_key is missing: pass it, or set LIVEKIT_API_KEY"),
        (KEY, None, "api_secret is missing: pass it, or set LIVEKIT_API_SECRET"),
    ],
)
def test_exactly_what_is_missing_is_named(key: str | None, secret: str | None, told: str) -> None:
    """And nothing that is there."""
    with pytest.raises(SettingsError) as caught:
        read_credentials(key, secret)
    assert str(caught.value) == told


def test_each_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument has precedence."""
    monkeypatch.setenv("LIVEKIT_API_KEY", KEY)
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)
    assert read_credentials(None, None) == (KEY, SECRET)
    assert read_credentials("other", None) == ("other", SECRET)
    assert read_credentials(None, "other") == (KEY, "other")


@pytest.mark.parametrize(("key", "secret"), [(KEY, None), (None, SECRET), (KEY, SECRET)])
def test_keys_are_given_in_one_way(key: str | None, secret: str | None) -> None:
    """A mapping beside a key or a secret could mean either."""
    with pytest.raises(SettingsError, match="not both"):
        make_lookup(key, secret, {KEY: SECRET})


@pytest.mark.parametrize("keys", ["devkey", ["devkey", "secret"], {"devkey"}, 7])
def test_keys_of_another_type_are_refused_at_once(keys: Any) -> None:
    """Not by the first token."""
    with pytest.raises(SettingsError, match=f"not a {type(keys).__name__}$"):
        make_lookup(None, None, keys)


@pytest.mark.parametrize(("length", "shown"), [(64, True), (65, False)])
def test_an_unknown_key_is_named_unless_it_is_long(length: int, shown: bool) -> None:
    """What is long may be a secret in the wrong place."""
    name = "k" * length
    with pytest.raises(UnknownAPIKeyError) as caught:
        find_secrets({KEY: SECRET}.get, name)
    assert (name in str(caught.value)) is shown
