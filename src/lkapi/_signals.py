"""The signals that end a program which serves."""

from __future__ import annotations

import contextlib
import signal
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

__all__ = ["until_signal"]

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def until_signal() -> Generator[Callable[[], object], None, None]:
    """A function that waits for SIGINT or SIGTERM; the handlers of before are back afterwards.

    A signal that came before it is called counts. The handler may interrupt the wait at any point,
    which a ``SimpleQueue`` allows; a ``threading.Event`` has a lock that both would want.
    """
    came: SimpleQueue[int] = SimpleQueue()

    def tell(number: int, _frame: FrameType | None) -> None:
        came.put(number)

    before = {number: signal.signal(number, tell) for number in _NUMBERS}
    try:
        yield came.get
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
