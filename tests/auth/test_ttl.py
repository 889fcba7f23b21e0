"""Lifetimes in their three forms."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from lkapi.auth import AccessToken, TokenVerifier, parse_ttl, unverified
from lkapi.errors import TokenError, TokenExpiredError


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [
        (60, 60),
        (0.5, 0.5),
        (timedelta(minutes=2), 120),
        ("10m", 600),
        ("90s", 90),
        ("1h30m", 5400),
        ("2 days", 172800),
        ("1.5 h", 5400),
        ("1W", 604800),
        ("1y", 31557600),
        (" 2 min 5 sec ", 125),
    ],
)
def test_forms_of_a_lifetime(ttl: Any, seconds: float) -> None:
    """Numbers, timedeltas and text are understood."""
    assert parse_ttl(ttl) == seconds


@pytest.mark.parametrize(
    "ttl",
    [
        0, -1, -0.1, timedelta(0), timedelta(seconds=-3), float("nan"), float("inf"), 1e12,
        True, False, None, b"10m", [1], "", "  ", "10", "m", "ten minutes", "10 parsecs", "-10m",
        "0s", "10m ago", "1h,2m", "1e3s", "٣m", "10m" + "x" * 100, timedelta.max,
    ],
    ids=repr,
)  # fmt: skip
def test_unusable_lifetimes_are_refused(ttl: Any) -> None:
    """Zero, negative, endless, booleans and nonsense are refused by constructor and method."""
    with pytest.raises(TokenError, match="ttl"):
        AccessToken("key", "secret", ttl=ttl)
    with pytest.raises(TokenError, match="ttl"):
        AccessToken("key", "secret").with_ttl(ttl)


@pytest.mark.parametrize("ttl", [-300, timedelta(minutes=-5), "-5m", " - 1h30m"], ids=repr)
def test_below_zero_is_said_in_each_form(ttl: Any) -> None:
    """The error names the reason, and how to make a token that has expired."""
    with pytest.raises(TokenError, match=r"ttl must be above zero, not .*expired token"):
        AccessToken("key", "secret", ttl=ttl)


@settings(deadline=None)
@given(st.floats(min_value=1e-3, max_value=1e9))
def test_a_token_is_never_shorter_than_asked(ttl: float) -> None:
    """The lifetime in the token is the one asked for, rounded up to a second."""
    claims = unverified(AccessToken("key", "secret", ttl=ttl, clock=lambda: 100.0).to_jwt())
    assert claims.exp is not None
    assert claims.nbf is not None
    assert 0 <= claims.exp - claims.nbf - ttl < 1


@settings(deadline=None)
@given(st.integers(1, 10**5), st.sampled_from(["s", "m", "h", "d", "w"]))
def test_text_counts_in_its_unit(number: int, unit: str) -> None:
    """``<n><unit>`` is n times one of the unit."""
    assert parse_ttl(f"{number}{unit}") == number * parse_ttl(f"1{unit}")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_lifetime_or_a_token_error(text: str) -> None:
    """Nothing but a TokenError comes of nonsense."""
    with contextlib.suppress(TokenError):
        assert parse_ttl(text) > 0


def test_an_expired_token_is_made_with_a_clock_that_is_behind() -> None:
    """Tests need expired tokens; the refusal of a ttl below zero says how they are made."""
    with pytest.raises(TokenError, match=r"clock=lambda: time\.time\(\) - 3600"):
        AccessToken("key", "secret").with_ttl(timedelta(seconds=-1))
    old = AccessToken("key", "secret", ttl=60, clock=lambda: time.time() - 3600).to_jwt()
    with pytest.raises(TokenExpiredError):
        TokenVerifier("key", "secret").verify(old)
