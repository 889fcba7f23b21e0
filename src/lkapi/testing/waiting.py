"""Waiting for something to happen in another thread, from a thread or a task."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Wait", "Waiting"]

_LONGEST: Final = 0.05
"""Seconds until the next check without a wake-up: some things become due as time passes."""


class Waiting:
    """Wakes waiting threads and tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: set[Callable[[], object]] = set()

    def wake(self) -> None:
        """Let every waiting thread and task check again."""
        with self._lock:
            for waker in self._wakers:
                waker()

    def start(self, seconds: float) -> Wait:
        """Begin to wait, for at most the given number of seconds."""
        return Wait(self, seconds)

    def add(self, waker: Callable[[], object]) -> None:
        """Call a function at each ``wake``, in whatever thread that is."""
        with self._lock:
            self._wakers.add(waker)

    def remove(self, waker: Callable[[], object]) -> None:
        """Do not call it any longer."""
        with self._lock:
            self._wakers.discard(waker)


class Wait:
    """One wait, in several parts."""

    def __init__(self, waiting: Waiting, seconds: float) -> None:
        self._waiting = waiting
        self._ends_at = time.monotonic() + seconds

    def next(self) -> bool:
        """Wait briefly, or until the next wake-up; False when the time is over."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            return False
        woken = threading.Event()
        self._waiting.add(woken.set)
        try:
            woken.wait(min(left, _LONGEST))
        finally:
            self._waiting.remove(woken.set)
        return True

    async def anext(self) -> bool:
        """``next`` for coroutines."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            return False
        woken = asyncio.Event()
        loop = asyncio.get_running_loop()

        def waker() -> None:
            loop.call_soon_threadsafe(woken.set)

        self._waiting.add(waker)
        waiting = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait([waiting], timeout=min(left, _LONGEST))
        finally:
            self._waiting.remove(waker)
            waiting.cancel()
        return True
