"""Bulk work by tasks of an event loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from lkapi.bulk.ledger import BulkRules, Ledger, NotAnOperationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from lkapi.bulk.results import BulkResult, BulkResults

__all__ = ["AsyncOperation", "AsyncRun", "AsyncSource"]

Item = TypeVar("Item")
Value = TypeVar("Value")

AsyncOperation: TypeAlias = Callable[[Item], Awaitable[Value]]
"""What is done with each item."""
AsyncSource: TypeAlias = Iterable[Item] | AsyncIterable[Item]
"""Where the items come from."""

_END: Any = object()


class AsyncRun(Generic[Item, Value]):
    """One operation over items, ``limit`` tasks at once; only the caller's task takes items."""

    def __init__(
        self,
        operation: AsyncOperation[Item, Value],
        items: AsyncSource[Item],
        rules: BulkRules[Item, Value],
    ) -> None:
        self._operation = operation
        self._items = items
        self._ledger = Ledger(rules, items)
        self._under_way: dict[asyncio.Future[Value], int] = {}
        self._taking: asyncio.Task[Item] | None = None

    async def collect(self) -> BulkResults[Item, Value]:
        """Process all items and return the results together."""
        return self._ledger.collect([result async for result in self._all()])

    async def results(self) -> AsyncGenerator[BulkResult[Item, Value], None]:
        """Process the items and yield each result in order.

        Raises:
            Exception: the exception from reading the items, after the results.
        """
        async with aclosing(self._all()) as results:
            async for result in results:
                yield result
        if self._ledger.source_error is not None:
            raise self._ledger.source_error

    async def _all(self) -> AsyncGenerator[BulkResult[Item, Value], None]:
        source = _open(self._items)
        try:
            while await self._advance(source):
                for result in self._ledger.hand_out():
                    yield result
            if not isinstance(source, AsyncIterator):
                self._ledger.skip_rest(source)
            for result in self._ledger.hand_out():
                yield result
        finally:
            await self._end_tasks()
            close = getattr(source, "aclose", None)
            if close is not None and source is not self._items:
                await close()

    async def _advance(self, source: Iterator[Item] | AsyncIterator[Item]) -> bool:
        """Start what may be started and wait until something ends; False when all has ended."""
        if isinstance(source, AsyncIterator):
            self._take_later(source)
        else:
            self._take_now(source)
        waiting: set[asyncio.Future[Any]] = {*self._under_way}
        if self._taking is not None:
            waiting.add(self._taking)
        if not waiting:
            return False
        timeout = None if self._taking is None else self._ledger.time_left()
        await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if self._taking is not None:
            await self._look_at_taking(self._taking)
        for future in [future for future in self._under_way if future.done()]:
            self._note(self._under_way.pop(future), future)
        return True

    def _take_now(self, source: Iterator[Item]) -> None:
        while self._ledger.wants_item():
            try:
                item = next(source, _END)
            except Exception as error:  # noqa: BLE001 - raised again when all has ended
                self._ledger.source_error = error
                return
            if item is _END:
                self._ledger.all_taken = True
                return
            self._start(item)

    def _take_later(self, source: AsyncIterator[Item]) -> None:
        if self._taking is None and self._ledger.wants_item():
            self._taking = asyncio.ensure_future(_take(source))

    async def _look_at_taking(self, taking: asyncio.Task[Item]) -> None:
        """Start the item that was awaited; at the deadline stop waiting."""
        if not taking.done():
            if not self._ledger.stopped:
                return
            taking.cancel()
            await asyncio.wait([taking])
        self._taking = None
        if taking.cancelled():
            if self._ledger.stopped:
                return
            raise asyncio.CancelledError
        error = taking.exception()
        if isinstance(error, Exception):
            self._ledger.source_error = error
            return
        item = taking.result()
        if item is _END:
            self._ledger.all_taken = True
        else:
            self._start(item)

    def _start(self, item: Item) -> None:
        index = self._ledger.take(item)
        if index is None:
            return
        try:
            made = self._operation(item)
        except Exception as error:  # noqa: BLE001 - becomes the item's
            made = _fail(error)
        if not inspect.isawaitable(made):
            raise NotAnOperationError(_not_awaitable(made))
        self._under_way[asyncio.ensure_future(made)] = index

    def _note(self, index: int, future: asyncio.Future[Value]) -> None:
        error = future.exception()
        if error is None:
            self._ledger.succeed(index, future.result())
        elif isinstance(error, Exception):
            self._ledger.fail(index, error)
        else:
            raise error

    async def _end_tasks(self) -> None:
        """Cancel what is still running, and wait until it has ended."""
        ours = [*self._under_way]
        if self._taking is not None:
            ours.append(cast("asyncio.Future[Any]", self._taking))
        for future in ours:
            future.cancel()
        if ours:
            await asyncio.gather(*ours, return_exceptions=True)
        self._under_way.clear()
        self._taking = None


def _open(items: AsyncSource[Item]) -> Iterator[Item] | AsyncIterator[Item]:
    if isinstance(items, AsyncIterable):
        return aiter(items)
    return iter(items)


async def _take(source: AsyncIterator[Item]) -> Item:
    return await anext(source, _END)


async def _fail(error: Exception) -> Any:
    raise error


def _not_awaitable(value: object) -> str:
    return (
        f"the operation returned {type(value).__name__}, which cannot be awaited: give a coroutine "
        "function, a method of LiveKitAPI for example, or use bulk of SyncLiveKitAPI"
    )
