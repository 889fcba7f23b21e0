"""The policy of retries: the table of what may be repeated, and the waits."""

from __future__ import annotations

import pytest

from lkapi.errors import SettingsError
from lkapi.methods.info import Idempotency
from lkapi.rpc.retry import Outcome, RetryPolicy, may_repeat, without_waits

SAFE, KEYED, UNSAFE = Idempotency.SAFE, Idempotency.KEYED, Idempotency.UNSAFE


@pytest.mark.parametrize(
    ("outcome", "allowed"),
    [
        (Outcome.NOT_SENT, {SAFE, KEYED, UNSAFE}),
        (Outcome.RATE_LIMITED, {SAFE, KEYED}),
        (Outcome.WRONG_REGION, {SAFE, KEYED, UNSAFE}),
        (Outcome.LOST, {SAFE}),
        (Outcome.SERVER_ERROR, {SAFE}),
        (Outcome.FINAL, set()),
    ],
)
def test_what_may_be_repeated(outcome, allowed):
    """The table of the outcome of an attempt and the kind of method; Cloud knows request ids."""
    for kind in Idempotency:
        assert may_repeat(outcome, kind, deduplicated=False) is (kind in allowed)
        cloud = kind in allowed or (
            kind is KEYED and outcome in (Outcome.LOST, Outcome.SERVER_ERROR)
        )
        assert may_repeat(outcome, kind, deduplicated=True) is cloud


def test_waits_double_up_to_the_longest_and_vary():
    """Exponential, bounded, with jitter below."""
    policy = RetryPolicy(first_wait=0.2, max_wait=1.0, jitter=0.5)
    highest = [policy.wait(n, draw=lambda: 0.0) for n in range(1, 6)]
    assert highest == [0.2, 0.4, 0.8, 1.0, 1.0]
    assert policy.wait(1, draw=lambda: 1.0) == pytest.approx(0.1)


def test_retry_after_is_never_undercut():
    """And it may go past the longest wait that is chosen here."""
    policy = RetryPolicy(max_wait=1.0)
    assert policy.wait(1, retry_after=30.0) == 30.0
    assert policy.wait(3, retry_after=0.0) > 0


def test_one_switch_turns_all_waits_off():
    """For tests; it restores what was before."""
    policy = RetryPolicy()
    with without_waits():
        assert policy.wait(3, retry_after=60.0) == 0.0
    assert policy.wait(3) > 0


def test_impossible_policies_are_refused():
    """With the field's name, and what it takes."""
    for changes, told in (
        ({"attempts": 0}, r"attempts must be 1 \(no retries\) or more, not 0"),
        ({"first_wait": -1}, "first_wait must be 0 or more, not -1"),
        ({"max_wait": float("nan")}, "max_wait must be 0 or more, not nan"),
    ):
        with pytest.raises(SettingsError, match=told):
            RetryPolicy(**changes)
