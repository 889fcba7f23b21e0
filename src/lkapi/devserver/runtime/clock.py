"""The time of a world: for rooms that end, waits of the server and tokens that expire.

A self-hosted server makes callers wait: 3 s for a participant that is not in the room, 10 s for an
egress worker that does not exist. Tests should get its response without that wait, so the clock
decides how a wait passes.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "VirtualClock"]


class Clock(Protocol):
    """The time of a world; see ``VirtualClock`` and ``SystemClock``."""

    def now(self) -> float:
        """Unix time in seconds, for rooms and events."""
        ...

    def token_now(self) -> float:
        """Unix time in seconds, for checking tokens."""
        ...

    def wait(self, seconds: float) -> float:
        """Let a wait of the server pass; returns the seconds that its caller must really wait."""
        ...

    def hold(self, seconds: float) -> float:
        """Let a simulated delay pass; returns the seconds that its caller must really wait."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the clock forward by so many seconds."""
        ...


class VirtualClock:
    """A clock that stands still until it is moved: by ``advance``, or by a wait of the server."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Unix time in seconds."""
        return self._now

    def token_now(self) -> float:
        """The same time: a token made with the real clock is checked with this one."""
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
            ValueError: for a negative number: a clock cannot go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._now += seconds


class SystemClock:
    """The computer's clock; waits of the server are skipped without ``real_waits``.

    ``advance`` affects rooms, not tokens: clients of this server sign tokens with the computer's
    clock.
    """

    def __init__(self, *, real_waits: bool = False) -> None:
        self.real_waits = real_waits
        self._ahead = 0.0

    def now(self) -> float:
        """Unix time in seconds, plus the seconds advanced."""
        return time.time() + self._ahead

    def token_now(self) -> float:
        """The computer's time, regardless of ``advance``."""
        return time.time()

    def wait(self, seconds: float) -> float:
        """Keep the caller waiting if ``real_waits`` is set, else skip the wait."""
        return seconds if self.real_waits else 0.0

    def hold(self, seconds: float) -> float:
        """Keep the caller waiting: a delay that a test sets is real."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Move rooms forward in time.

        Raises:
            ValueError: for a negative number: a clock cannot go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} s")
        self._ahead += seconds
