"""Bulk work by tasks: concurrency, cancellation, sources that are awaited."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import lkapi
from lkapi.bulk import AsyncRun
from tests.bulk.faces import Clock, rules


async def others() -> set[asyncio.Task[Any]]:
    """The tasks that are left besides this one, once finished ones have gone."""
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


@settings(max_examples=50, deadline=None)
@given(data=st.data(), count=st.integers(0, 12), limit=st.integers(1, 5))
def test_operations_may_end_in_any_order(data: st.DataObject, count: int, limit: int) -> None:
    """Results keep the order of the items; ``limit`` are under way while there are enough."""

    async def main() -> None:
        doors: dict[int, asyncio.Future[int]] = {}

        async def operation(item: int) -> int:
            doors[item] = asyncio.get_running_loop().create_future()
            return await doors[item]

        run = asyncio.ensure_future(
            AsyncRun(operation, list(range(count)), rules(limit=limit)).collect()
        )
        ended = 0
        while ended < count:
            for _ in range(4):
                await asyncio.sleep(0)
            open_now = [item for item, door in doors.items() if not door.done()]
            assert len(open_now) == min(limit, count - ended)
            chosen = data.draw(st.sampled_from(sorted(open_now)))
            doors[chosen].set_result(chosen * 10)
            ended += 1
        results = await run
        assert results.values() == [item * 10 for item in range(count)]

    asyncio.run(main())


async def test_a_cancellation_ends_everything() -> None:
    """Every operation is cancelled and has ended when the cancellation is done."""
    ended: list[int] = []
    begun = asyncio.Event()

    async def operation(item: int) -> None:
        if item == 2:
            begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # cleaning up takes a moment
            ended.append(item)

    work = asyncio.ensure_future(AsyncRun(operation, range(9), rules()).collect())
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert sorted(ended) == [0, 1, 2]
    assert not await others()


async def test_leaving_the_walk_ends_everything() -> None:
    """What is under way is cancelled; a pager is closed."""
    closed: list[str] = []

    class Source:
        async def __aiter__(self) -> AsyncIterator[int]:
            try:
                for item in itertools.count():
                    yield item
            finally:
                closed.append("source")

    async def operation(item: int) -> int:
        if item:
            try:
                await asyncio.Event().wait()
            finally:
                closed.append("operation")
        return item

    async with aclosing(AsyncRun(operation, Source(), rules()).results()) as results:
        async for result in results:
            assert result.value == 0
            break
    assert closed[-1] == "source"
    assert set(closed[:-1]) <= {"operation"}
    assert not await others()


async def test_items_are_awaited_while_operations_go_on() -> None:
    """A source that takes its time holds nothing up."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    seen: list[int] = []

    async def items() -> AsyncIterator[int]:
        while (item := await queue.get()) >= 0:
            yield item

    async def operation(item: int) -> int:
        seen.append(item)
        queue.put_nowait(item - 1)
        return item

    queue.put_nowait(3)
    results = await AsyncRun(operation, items(), rules()).collect()
    assert results.values() == seen == [3, 2, 1, 0]


async def test_a_deadline_ends_the_wait_for_items() -> None:
    """A source that gives nothing more cannot hold the work beyond its deadline."""
    waiting = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        yield 1
        waiting.set()
        await asyncio.Event().wait()

    async def operation(item: int) -> int:
        return item

    results = await AsyncRun(operation, items(), rules(deadline=0.05)).collect()
    assert waiting.is_set()
    assert [result.value for result in results] == [1]
    assert not results.all_taken
    assert not await others()


async def test_an_item_that_comes_too_late_is_marked() -> None:
    """The source had given it before the deadline was noticed: it is neither lost nor begun."""
    clock = Clock()

    async def items() -> AsyncIterator[int]:
        yield 1
        clock.now += 99
        yield 2
        yield 3

    async def operation(item: int) -> int:
        return item

    results = await AsyncRun(operation, items(), rules(deadline=5, clock=clock)).collect()
    assert [(result.item, result.started) for result in results] == [(1, True), (2, False)]


async def test_an_async_source_that_fails() -> None:
    """The results so far are in the error."""

    async def items() -> AsyncIterator[int]:
        yield 1
        raise lkapi.NotFoundError("not_found", "page is gone")

    async def operation(item: int) -> int:
        return item

    with pytest.raises(lkapi.BulkError, match="after 1 of them: NotFoundError") as caught:
        await AsyncRun(operation, items(), rules()).collect()
    assert caught.value.results[0].value == 1


async def test_an_operation_that_fails_before_it_awaits() -> None:
    """Its error is the item's like any other, also when nothing ever awaits."""

    def operation(item: int) -> Any:
        raise LookupError(item)

    results = await AsyncRun(operation, range(50), rules(ahead=4)).collect()
    assert len(results.failed) == 50


async def test_an_operation_of_the_sync_client_is_refused() -> None:
    """At the first item; it was done, so no further one is."""
    done = []

    def operation(item: int) -> Any:
        done.append(item)

    with pytest.raises(TypeError, match=r"cannot be awaited.*bulk of SyncLiveKitAPI"):
        await AsyncRun(operation, range(5), rules()).collect()
    assert done == [0]
    assert not await others()


async def test_a_misused_operation_leaves_no_task() -> None:
    """Those that were begun before it are cancelled."""

    async def good(_item: int) -> None:
        await asyncio.Event().wait()

    def operation(item: int) -> Any:
        return good(item) if item < 2 else None

    with pytest.raises(TypeError, match="cannot be awaited"):
        await AsyncRun(operation, range(5), rules()).collect()
    assert not await others()


async def test_an_operation_that_is_cancelled_by_itself() -> None:
    """Ends the work as a cancellation does, and leaves nothing behind."""

    async def operation(item: int) -> None:
        if item == 1:
            raise asyncio.CancelledError
        await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await AsyncRun(operation, range(3), rules()).collect()
    assert not await others()
