"""An API key and its secret: what is missing, and where both come from."""

from __future__ import annotations

import pytest

from lkapi._credentials import read_credentials
from lkapi.errors import SettingsError

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
NONE = (
    "no credentials: pass api_key= and api_secret=, or set LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
)
NOT_READ = "is not read when a credential is passed)"


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    monkeypatch.delenv("LIVEKIT_API_SECRET", raising=False)


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [
        (None, None, NONE),
        ("", "", NONE),
        (
            None,
            SECRET,
            f"api_secret was given without api_key: pass both (LIVEKIT_API_KEY {NOT_READ}",
        ),
        (
            KEY,
            "",
            f"api_key was given without api_secret: pass both (LIVEKIT_API_SECRET {NOT_READ}",
        ),
    ],
)
def test_exactly_what_is_missing_is_named(key: str | None, secret: str | None, told: str) -> None:
    """And nothing that is there."""
    with pytest.raises(SettingsError) as caught:
        read_credentials(key, secret)
    assert str(caught.value) == told


def test_both_come_from_the_environment_or_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key would be signed with the secret of another one, and refused only by the server."""
    monkeypatch.setenv("LIVEKIT_API_KEY", KEY)
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)
    assert read_credentials(None, None) == read_credentials("", "") == (KEY, SECRET)
    assert read_credentials("other", "its secret") == ("other", "its secret")
    for key, secret in (("other", None), ("other", ""), (None, "other"), ("", "other")):
        with pytest.raises(SettingsError, match="pass both"):
            read_credentials(key, secret)


@pytest.mark.parametrize("there", ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"])
def test_half_of_an_environment_is_named(monkeypatch: pytest.MonkeyPatch, there: str) -> None:
    """The variable that is set, and the one that is not."""
    monkeypatch.setenv(there, "x")
    missing = ({"LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"} - {there}).pop()
    with pytest.raises(SettingsError, match=f"^{there} is set without {missing}: set both, or"):
        read_credentials(None, None)


@pytest.mark.parametrize(
    ("key", "secret", "swapped"),
    [
        ("s" * 43, "APIabcdefghijkl", True),
        ("s" * 32, "API", True),
        ("APIabcdefghijkl", "s" * 43, False),
        ("APIabcdefghijkl" + "s" * 40, "APIabcdefghijkl", False),
        ("devkey", "APIabcdefghijkl", False),
        ("s" * 43, "API" + "s" * 40, False),
        ("s" * 43, "secret", False),
    ],
)
def test_a_secret_in_the_place_of_the_key_goes_nowhere(
    monkeypatch: pytest.MonkeyPatch, key: str, secret: str, swapped: bool
) -> None:
    """Tokens and errors name the key, so it is refused before the first; the error has neither."""
    monkeypatch.setenv("LIVEKIT_API_KEY", key)
    monkeypatch.setenv("LIVEKIT_API_SECRET", secret)
    for given in ((key, secret), (None, None)):
        if not swapped:
            assert read_credentials(*given) == (key, secret)
            continue
        with pytest.raises(SettingsError, match="look swapped") as caught:
            read_credentials(*given)
        assert key not in str(caught.value)
