"""The total time of one exchange, kept over connecting, sending and a body that never ends.

HTTP libraries bound each read; a peer that sends one byte a second passes every such bound.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Exchange(float):
    """A time-out that remembers when it began, and whether anything was sent.

    It is handed to the HTTP library as an ordinary number of seconds and comes back with each call
    to a socket, where it is asked what is left.
    """

    at: float
    sent: bool

    def __new__(cls, seconds: float) -> Self:
        """Start the clock."""
        exchange = super().__new__(cls, seconds)
        exchange.at = time.monotonic() + seconds
        exchange.sent = False
        return exchange

    def left(self) -> float:
        """Seconds until the end, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())


def left(timeout: float | None) -> float | None:
    """Seconds that a socket operation may take."""
    return timeout.left() if isinstance(timeout, Exchange) else timeout


def mark_sent(timeout: float | None) -> None:
    """Remember that a byte may be leaving now."""
    if isinstance(timeout, Exchange):
        timeout.sent = True


def mark_unsent(timeout: float | None) -> None:
    """Take that back: what has left so far was not the request but its way through a proxy."""
    if isinstance(timeout, Exchange):
        timeout.sent = False


class Expiry:
    """Cancels the current task's work after so many seconds; ``TimeoutError`` comes out.

    What ``asyncio.timeout`` is from Python 3.11 on. A cancellation from outside stays one.
    """

    __slots__ = ("_before", "_expired", "_handle", "_seconds", "_task")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False
        self._before = 0

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("calls of the async client have to be made inside a task")
        self._task = task
        self._before = _cancelling(task)
        self._handle = asyncio.get_running_loop().call_later(self._seconds, self._expire)

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._handle.cancel()
        if not self._expired:
            return
        outside = uncancel(self._task) > self._before
        if kind is not None and issubclass(kind, asyncio.CancelledError) and not outside:
            raise TimeoutError from None


def _cancelling(task: asyncio.Task[Any]) -> int:
    count = getattr(task, "cancelling", None)  # Python 3.11
    return cast("int", count()) if count else 0


def uncancel(task: asyncio.Task[Any]) -> int:
    """Take one cancellation back; how many are left."""
    take_back = getattr(task, "uncancel", None)  # Python 3.11
    return cast("int", take_back()) if take_back else 0
