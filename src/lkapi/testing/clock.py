"""The clock of a server in a test."""

from __future__ import annotations

import time

from lkapi.devserver import VirtualClock

__all__ = ["StandingClock"]


class StandingClock(VirtualClock):
    """Stands still until ``advance`` moves it; the server's own waits move it and take no time.

    Tokens are judged and webhooks signed by the computer's time, since the application under test
    makes and checks them by it.

    Args:
        start: Unix time in seconds; by default the present.
    """

    def __init__(self, start: float | None = None) -> None:
        super().__init__(time.time() if start is None else start)

    def token_now(self) -> float:
        """The computer's time, whatever was advanced."""
        return time.time()
