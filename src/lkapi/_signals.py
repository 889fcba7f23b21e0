"""The signals that end a server program."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

__all__ = ["end_at_signal", "until_signal"]

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
_MOST = 64


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: without a handler the signal would end the process. The socket wakes the wait."""


def end_at_signal() -> None:
    """Let SIGINT and SIGTERM end the process at once and quietly, while it has nothing to save.

    For a process's first lines, before its imports; ``until_signal`` takes over.
    """
    for number in _NUMBERS:
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


@contextlib.contextmanager
def until_signal() -> Generator[Callable[[], None], None, None]:
    """A function that waits for SIGINT or SIGTERM and then restores the earlier handlers.

    A signal that came before it is called counts. Python's part of a handler runs in the main
    thread when that is awake, which a lock does not ensure: the signal may reach another thread.
    The part in C writes to a socket at once, in whichever thread, and the wait reads from that.
    """
    import socket  # which takes as long as the rest of a program's first lines

    told, telling = socket.socketpair()
    with told, telling:
        telling.setblocking(False)
        # The socket is set first and removed last: whenever _go_on is called, the wait is woken
        # too.
        descriptor = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, _go_on) for number in _NUMBERS}

        def wait() -> None:
            while not {*told.recv(_MOST)} & {*_NUMBERS}:
                pass

        try:
            yield wait
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(descriptor)
