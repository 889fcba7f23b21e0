"""One call on its way through the server: whose it is, in which world, how long it may wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.http.refusals import timed_out

if TYPE_CHECKING:
    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.world import World

__all__ = ["Call"]


@attrs.define(eq=False, kw_only=True)
class Call:
    """What a handler is given beside its request."""

    world: World
    claims: Claims | None = None
    """None when the request had no token."""
    deadline: float | None = None
    """Seconds that the caller allows, from ``X-Twirp-Timeout-Ms``."""
    waited: float = 0.0
    """Seconds of the server's waits so far, on whatever clock."""
    delay: float = 0.0
    """Seconds of them that the caller must really be kept waiting."""

    def wait(self, seconds: float) -> None:
        """Let a wait of the server pass.

        Raises:
            CanceledError: the caller's deadline passed first.
        """
        left = None if self.deadline is None else max(0.0, self.deadline - self.waited)
        passing = seconds if left is None else min(seconds, left)
        self.waited += passing
        self.delay += self.world.clock.wait(passing)
        if left is not None and passing < seconds:
            raise timed_out()

    def hold(self, seconds: float) -> None:
        """Let a delay on purpose pass, which no deadline ends."""
        self.waited += seconds
        self.delay += self.world.clock.hold(seconds)
