"""The time of one call: the waits of the server, and the deadline of the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.http.errors import inner_error, request_canceled
from lkapi.errors import DeadlineExceededError

if TYPE_CHECKING:
    from lkapi.devserver.runtime.clock import Clock

__all__ = ["CallTime"]


@attrs.define(eq=False, kw_only=True)
class CallTime:
    """How long a call has waited so far, and how long it may."""

    clock: Clock
    deadline: float | None = None
    """Seconds that the caller allows, from ``X-Twirp-Timeout-Ms``; None for no limit."""
    waited: float = 0.0
    """Seconds of the server's waits so far, on the world's clock."""
    delay: float = 0.0
    """The part of them, in seconds, that the caller must really wait."""

    def wait(self, seconds: float) -> None:
        """Let a wait of the server pass.

        Raises:
            CanceledError: the caller's deadline passed first.
        """
        left = None if self.deadline is None else max(0.0, self.deadline - self.waited)
        passing = seconds if left is None else min(seconds, left)
        self.waited += passing
        self.delay += self.clock.wait(passing)
        if left is not None and passing < seconds:
            raise request_canceled()

    def wait_for_worker(self, seconds: float, limit: float) -> None:
        """Wait for a worker, but no longer than the server or the caller allows.

        Args:
            seconds: how long the worker takes.
            limit: how long the server waits for it.

        Raises:
            DeadlineExceededError: the time was up first.
        """
        allowed = limit if self.deadline is None else min(limit, self.deadline - self.waited)
        if seconds <= allowed:
            self.wait(seconds)
            return
        self.wait(max(0.0, allowed))
        raise inner_error(DeadlineExceededError, "deadline_exceeded", "request timed out")

    def hold(self, seconds: float) -> None:
        """Let a simulated delay pass, which no deadline ends."""
        self.waited += seconds
        self.delay += self.clock.hold(seconds)
