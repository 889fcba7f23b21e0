"""The total time of one exchange in a coroutine, over connecting, sending and reading."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Deadline:
    """Cancels the current task's work after so many seconds and raises ``TimeoutError``.

    Like ``asyncio.timeout`` of Python 3.11. A cancellation from outside remains a cancellation.
    """

    _expired = False
    _before = 0

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("calls of the async client must be made inside a task")
        self._task = task
        if sys.version_info >= (3, 11):
            self._before = task.cancelling()
        self._handle = loop.call_at(loop.time() + self._seconds, self._expire)
        return self

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()

    def cancelled(self) -> bool:
        """Whether the task is being cancelled, by this or by others; Python 3.10 cannot tell."""
        if sys.version_info >= (3, 11):
            return self._task.cancelling() > self._before
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._handle.cancel()
        if not self._expired:
            return
        if sys.version_info >= (3, 11) and self._task.uncancel() > self._before:
            return  # somebody cancelled the task as well
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from None
