"""Bulk work by threads: concurrency, interrupts, what threads see of their caller."""

from __future__ import annotations

import contextvars
import os
import signal
import threading
from typing import Any

import pytest

from lkapi.bulk import Run
from tests.bulk.faces import rules


def bulk_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("lkapi-bulk")]


def test_operations_run_at_the_same_time() -> None:
    """Three of them can only meet if three threads are there."""
    together = threading.Barrier(3, timeout=30)
    results = Run(lambda _item: together.wait() >= 0, range(9), rules()).collect()
    assert results.values() == [True] * 9
    assert not bulk_threads()


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupt_stops_new_work() -> None:
    """Ctrl-C: what is under way ends, nothing more is begun, no thread is left."""
    begun: list[int] = []

    def operation(item: int) -> None:
        begun.append(item)
        if item == 3:
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(0.2)

    with pytest.raises(KeyboardInterrupt):
        Run(operation, range(10_000), rules(limit=1)).collect()
    assert begun == [0, 1, 2, 3]
    assert not bulk_threads()


def test_leaving_the_walk_stops_new_work() -> None:
    """What is under way ends before the walk is closed."""
    begun: list[int] = []
    results = Run(begun.append, iter(range(1000)), rules(ahead=6)).results()
    next(results)
    results.close()
    assert len(begun) < 20
    assert not bulk_threads()


def test_threads_see_the_context_of_their_caller() -> None:
    """So that spans nest and ``record_calls`` counts."""
    who = contextvars.ContextVar("who", default="nobody")
    who.set("caller")
    assert Run(lambda _item: who.get(), range(4), rules()).collect().values() == ["caller"] * 4


def test_an_operation_of_the_async_client_is_refused() -> None:
    """Nothing was begun by it, and nothing warns of a coroutine that was not awaited."""

    async def operation(_item: int) -> None:
        raise AssertionError("never awaited")

    with pytest.raises(TypeError, match=r"an awaitable.*bulk of LiveKitAPI"):
        Run(operation, range(5), rules()).collect()
    assert not bulk_threads()


def test_a_system_exit_of_an_operation_is_no_result() -> None:
    """It ends the work."""

    def operation(item: int) -> Any:
        raise SystemExit(item)

    with pytest.raises(SystemExit):
        Run(operation, range(5), rules(limit=1)).collect()
