"""The tokens of API calls: one for the same grants, as long as it outlives the call."""

from __future__ import annotations

import pytest

from lkapi.auth import unverified
from lkapi.methods.info import Needs
from lkapi.rpc.tokens import TokenSource
from lkapi.settings import APIKey, BearerToken

NOW = 1_800_000_000.0
KEY = APIKey("devkey", "not-a-real-secret-0123456789abcdef")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def room(name: str) -> Needs:
    return Needs.of(video={"roomAdmin": True, "room": name})


@pytest.mark.parametrize(
    ("timeout", "lifetime"), [(10.0, 600), (239.0, 600), (240.0, 600), (240.5, 601), (1000.0, 2120)]
)
def test_a_token_lives_twice_as_long_as_its_call_may_take(timeout: float, lifetime: int) -> None:
    """And a minute more, but never less than ten minutes."""
    source = TokenSource(KEY, Clock())
    claims = unverified(source.authorization(room("a"), timeout).removeprefix("Bearer "))
    assert (claims.exp, claims.nbf) == (NOW + lifetime, NOW - 10)
    assert claims.video is not None
    assert (claims.video.room, claims.video.room_admin) == ("a", True)


@pytest.mark.parametrize(
    ("timeout", "later", "same"),
    [
        (10.0, 299.0, True),
        (10.0, 300.0, False),
        (239.0, 299.0, True),
        (500.0, 559.0, True),
        (500.0, 560.0, False),
    ],
)
def test_a_token_is_used_again_while_it_outlives_the_call(
    timeout: float, later: float, same: bool
) -> None:
    """It is replaced after half of its life, or a minute before a long call could outlive it."""
    clock = Clock()
    source = TokenSource(KEY, clock)
    first = source.authorization(room("a"), timeout)
    clock.now += later
    assert (source.authorization(room("a"), timeout) == first) is same


def test_each_set_of_grants_has_its_own_token() -> None:
    """All of them are kept; with 4,096, the next one replaces them."""
    clock = Clock()
    source = TokenSource(KEY, clock)
    first = [source.authorization(room(f"{n}"), 10.0) for n in range(4096)]
    assert len(set(first)) == 4096
    clock.now += 1
    assert [source.authorization(room(f"{n}"), 10.0) for n in range(4096)] == first
    source.authorization(room("one more"), 10.0)
    assert source.authorization(room("0"), 10.0) != first[0]


def test_a_given_token_is_used_for_everything() -> None:
    """It has the grants that it has."""
    source = TokenSource(BearerToken("not-a-real-token"), Clock())
    assert source.authorization(room("a"), 10.0) == "Bearer not-a-real-token"
