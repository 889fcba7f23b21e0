"""The clock of a server in a test."""

from __future__ import annotations

import time

from lkapi.devserver import VirtualClock

__all__ = ["StandingClock"]


class StandingClock(VirtualClock):
    """Stands still until ``advance`` moves it; waits of the server move it and take no real time.

    Tokens are checked and webhooks are signed with the computer's time, since the application under
    test uses that time to make and check them.

    Args:
        start: Unix time in seconds; the current time by default.
    """

    def __init__(self, start: float | None = None) -> None:
        super().__init__(time.time() if start is None else start)

    def token_now(self) -> float:
        """The computer's time, regardless of ``advance``."""
        return time.time()
