"""The time of a world: of rooms that end, waits that pass and tokens that expire.

A self-hosted server makes callers wait: 3 s for a participant that is not there, 10 s for an egress
worker that does not exist. Tests should see what it says without sitting through that, so how a
wait passes is the clock's business.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "VirtualClock"]


class Clock(Protocol):
    """What a world asks of its clock."""

    def now(self) -> float:
        """Unix time in seconds, as rooms and events see it."""
        ...

    def token_now(self) -> float:
        """Unix time in seconds against which tokens are judged."""
        ...

    def wait(self, seconds: float) -> float:
        """Let a wait of the server pass; answer how long its caller must really wait."""
        ...

    def hold(self, seconds: float) -> float:
        """Let a delay on purpose pass; answer how long its caller must really wait."""
        ...

    def advance(self, seconds: float) -> None:
        """Move on, as if nobody had called for so long."""
        ...


class VirtualClock:
    """A clock that stands still until it is moved: by ``advance``, or by a wait of the server."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Unix time in seconds."""
        return self._now

    def token_now(self) -> float:
        """The same time: a token made by the real clock is judged by this one."""
        return self._now

    def wait(self, seconds: float) -> float:
        """Pass at once, moving the clock."""
        self.advance(seconds)
        return 0.0

    def hold(self, seconds: float) -> float:
        """Pass at once, moving the clock."""
        return self.wait(seconds)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: for a negative number; time does not run backwards.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._now += seconds


class SystemClock:
    """The computer's clock; waits of the server are skipped unless they are asked for.

    ``advance`` ages rooms, not tokens: a client beside this server mints by the computer's clock.
    """

    def __init__(self, *, real_waits: bool = False) -> None:
        self.real_waits = real_waits
        self._ahead = 0.0

    def now(self) -> float:
        """Unix time in seconds, plus what was advanced."""
        return time.time() + self._ahead

    def token_now(self) -> float:
        """The computer's time, whatever was advanced."""
        return time.time()

    def wait(self, seconds: float) -> float:
        """Keep the caller waiting if that was asked for, else pass over it."""
        return seconds if self.real_waits else 0.0

    def hold(self, seconds: float) -> float:
        """Keep the caller waiting: whoever asks for a delay wants to see it."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Move rooms forward in time.

        Raises:
            ValueError: for a negative number; time does not run backwards.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._ahead += seconds
