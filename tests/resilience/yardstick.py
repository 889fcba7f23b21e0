"""How much time a busy machine takes away, measured beside a test instead of guessed."""

from __future__ import annotations

import threading
import time


class Yardstick(threading.Thread):
    """Sleeps in short turns, and adds up by how much each was too long."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.lost = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        turn, before = 0.02, time.monotonic()
        while not self._over.wait(turn):
            now = time.monotonic()
            self.lost, before = self.lost + max(0.0, now - before - turn), now

    def stop(self) -> None:
        self._over.set()
        self.join()
