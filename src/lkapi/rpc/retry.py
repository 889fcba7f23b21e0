"""Whether a call may be sent again, and after how long.

The plan of a call asks before each attempt and after each failure. tenacity computes the waits;
only this module uses it. `without_waits` is a switch for the whole process, for tests.
"""

from __future__ import annotations

import contextlib
import enum
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.errors import SettingsError
from lkapi.methods.info import Idempotency

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["NO_RETRY", "Outcome", "RetryPolicy", "may_repeat", "without_waits"]


class Outcome(enum.Enum):
    """How one attempt ended, as far as retries are concerned."""

    NOT_SENT = "not sent"
    """No byte of the request was sent: nothing can have happened."""
    LOST = "lost"
    """The request may have arrived, the response did not."""
    SERVER_ERROR = "server error"
    """HTTP 5xx: the server may have acted before it failed."""
    RATE_LIMITED = "rate limited"
    """HTTP 429: refused before acting, unless a proxy dropped the SIP status of a failed call."""
    WRONG_REGION = "wrong region"
    """HTTP 451: refused before acting, another region will accept it."""
    FINAL = "final"
    """A response that another attempt does not change."""


_UNTOUCHED: Final = frozenset({Outcome.NOT_SENT, Outcome.WRONG_REGION})


def may_repeat(outcome: Outcome, idempotency: Idempotency, *, deduplicated: bool) -> bool:
    """Whether another attempt is harmless.

    ``deduplicated`` says that the server recognises a request id and does not act on it twice.
    """
    if outcome is Outcome.FINAL:
        return False
    if idempotency is Idempotency.SAFE or outcome in _UNTOUCHED:
        return True
    return idempotency is Idempotency.KEYED and (deduplicated or outcome is Outcome.RATE_LIMITED)


def draw_random() -> float:
    """A number in [0, 1)."""
    import random

    return random.random()  # noqa: S311 - it spreads clients over time


def _positive(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not value >= 0:
        raise SettingsError(f"RetryPolicy: {attribute.name} must be 0 or more, not {value}")


def _at_least_one(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if not value >= 1:
        raise SettingsError(
            f"RetryPolicy: {attribute.name} must be 1 (no retries) or more, not {value}"
        )


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often a call is tried and how long it waits in between.

    The call's total deadline has priority: no wait and no attempt goes beyond it. The policy does
    not decide which failures are retried: that depends on whether it is safe for the method.
    """

    attempts: int = attrs.field(default=3, validator=_at_least_one)
    """Attempts in total; 1 disables retries."""
    first_wait: float = attrs.field(default=0.2, validator=_positive)
    """Seconds before the second attempt; doubled for each one after."""
    max_wait: float = attrs.field(default=5.0, validator=_positive)
    """Longest wait in seconds, unless ``Retry-After`` asks for more."""
    jitter: float = attrs.field(default=0.5, validator=_positive)
    """Share of the wait that is random, so that many clients do not retry at the same moment."""

    def wait(
        self,
        attempt: int,
        *,
        retry_after: float | None = None,
        draw: Callable[[], float] = draw_random,
    ) -> float:
        """Seconds to wait after a failed attempt.

        Args:
            attempt: the number of the attempt that failed, from 1.
            retry_after: seconds that the server asked for; the wait is not shorter.
            draw: returns a number in [0, 1).
        """
        if _Waits.skippers:
            return 0.0
        chosen = _exponential(self.first_wait, self.max_wait, attempt)
        chosen *= 1 - min(self.jitter, 1.0) * draw()
        return max(chosen, retry_after or 0.0)


NO_RETRY: Final = RetryPolicy(attempts=1)
"""The policy of a call that is tried once."""


def _exponential(first: float, longest: float, attempt: int) -> float:
    from tenacity import RetryCallState, Retrying, wait_exponential

    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    return wait_exponential(multiplier=first, max=longest, exp_base=2)(state)


class _Waits:
    skippers = 0
    """Blocks of ``without_waits`` that are open; they may end in any order."""


@contextlib.contextmanager
def without_waits() -> Generator[None, None, None]:
    """Make every retry in this process follow at once: for tests, never in production."""
    _Waits.skippers += 1
    try:
        yield
    finally:
        _Waits.skippers -= 1
