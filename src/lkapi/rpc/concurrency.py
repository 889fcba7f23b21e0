"""What differs between the async and the sync client: locks, sleeping, the key of a pool.

Each thing is here twice, once for coroutines and once for threads; the generator of ``lkapi.sync``
replaces the first name by the second. asyncio, which loads ssl, is imported by the calls and not
with the client.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio
    from typing import TypeAlias

T = TypeVar("T")

AsyncItems = AsyncGenerator[T, None]
Items = Generator[T, None, None]

LoopKey: TypeAlias = "asyncio.AbstractEventLoop"
ProcessKey: TypeAlias = int


class AsyncOnly:
    """What must be opened with ``async with``; type checkers refuse ``with`` by themselves."""

    if not TYPE_CHECKING:

        def __enter__(self) -> None:
            name = type(self).__name__
            raise TypeError(f"{name} needs `async with`; the client for `with` is SyncLiveKitAPI")

        __exit__ = __enter__


class SyncOnly:
    """What must be opened with ``with``; type checkers refuse ``async with`` by themselves."""

    if not TYPE_CHECKING:

        def __aenter__(self) -> None:
            name = type(self).__name__
            raise TypeError(f"{name} needs `with`; the client for `async with` is LiveKitAPI")

        __aexit__ = __aenter__


def async_lock() -> asyncio.Lock:
    """A lock between tasks."""
    import asyncio

    return asyncio.Lock()


def sync_lock() -> threading.Lock:
    """A lock between threads."""
    return threading.Lock()


async def async_sleep(seconds: float) -> None:
    """Sleep for so many seconds; with 0, return at once."""
    import asyncio

    if seconds > 0:
        await asyncio.sleep(seconds)


def sync_sleep(seconds: float) -> None:
    """Block this thread for so long."""
    if seconds > 0:
        time.sleep(seconds)


async def async_acquire(lock: asyncio.Lock, seconds: float) -> bool:
    """Take a lock, or give up after so many seconds."""
    from lkapi.transports.deadline import Deadline

    try:
        with Deadline(max(seconds, 0.0)):  # wait_for of Python 3.11 and before loses cancellations
            return await lock.acquire()
    except TimeoutError:
        return False


def sync_acquire(lock: threading.Lock, seconds: float) -> bool:
    """Take a lock, or give up after so many seconds."""
    return lock.acquire(timeout=max(seconds, 0.0))


def running_loop() -> asyncio.AbstractEventLoop:
    """The key under which connections are kept: they belong to the loop that opened them."""
    import asyncio

    return asyncio.get_running_loop()


def this_process() -> int:
    """The key under which connections are kept: a fork must not share its parent's sockets."""
    return os.getpid()


def loop_is_gone(key: asyncio.AbstractEventLoop) -> bool:
    """Whether connections of that loop can never be used again."""
    return key.is_closed()


def process_is_gone(key: int) -> bool:
    """Whether connections belong to the process that this one was forked from."""
    return key != os.getpid()
