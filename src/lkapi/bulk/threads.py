"""Bulk work by threads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from lkapi.bulk.ledger import BulkRules, Ledger, NotAnOperationError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lkapi.bulk.results import BulkResult, BulkResults

__all__ = ["Operation", "Run", "Source"]

Item = TypeVar("Item")
Value = TypeVar("Value")

Operation: TypeAlias = Callable[[Item], Value]
"""What is done with each item, in a thread."""
Source: TypeAlias = Iterable[Item]
"""Where the items come from."""

_END: Any = object()


class Run(Generic[Item, Value]):
    """One operation over items, ``limit`` threads at once; only the caller's thread takes items."""

    def __init__(
        self,
        operation: Operation[Item, Value],
        items: Source[Item],
        rules: BulkRules[Item, Value],
    ) -> None:
        self._operation = operation
        self._items = items
        self._ledger = Ledger(rules, items)
        self._under_way: dict[Future[Value], int] = {}

    def collect(self) -> BulkResults[Item, Value]:
        """Process all items and return the results together."""
        return self._ledger.collect(list(self._all()))

    def results(self) -> Generator[BulkResult[Item, Value], None, None]:
        """Process the items and yield each result in order.

        Raises:
            Exception: the exception from reading the items, after the results.
        """
        yield from self._all()
        if self._ledger.source_error is not None:
            raise self._ledger.source_error

    def _all(self) -> Generator[BulkResult[Item, Value], None, None]:
        source = iter(self._items)
        threads = ThreadPoolExecutor(self._ledger.rules.limit, thread_name_prefix="lkapi-bulk")
        try:
            while self._advance(source, threads):
                yield from self._ledger.hand_out()
            self._ledger.skip_rest(source)
            yield from self._ledger.hand_out()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)
            close = getattr(source, "close", None)
            if close is not None and source is not self._items:
                close()

    def _advance(self, source: Iterator[Item], threads: ThreadPoolExecutor) -> bool:
        """Start what may be started and wait until something ends; False when all has ended."""
        while self._ledger.wants_item():
            try:
                item = next(source, _END)
            except Exception as error:  # noqa: BLE001 - raised again when all has ended
                self._ledger.source_error = error
                break
            if item is _END:
                self._ledger.all_taken = True
            else:
                self._start(item, threads)
        if not self._under_way:
            return False
        ended, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        for future in [future for future in self._under_way if future in ended]:
            self._note(self._under_way.pop(future), future)
        return True

    def _start(self, item: Item, threads: ThreadPoolExecutor) -> None:
        index = self._ledger.take(item)
        if index is not None:
            work = threads.submit(copy_context().run, self._perform, item)
            self._under_way[work] = index

    def _perform(self, item: Item) -> Value:
        value = self._operation(item)
        if inspect.isawaitable(value):
            if inspect.iscoroutine(value):
                value.close()
            raise NotAnOperationError(
                "the operation returned an awaitable: give an ordinary function, a method "
                "of SyncLiveKitAPI for example, or use bulk of LiveKitAPI"
            )
        return value

    def _note(self, index: int, future: Future[Value]) -> None:
        error = future.exception()
        if error is None:
            self._ledger.succeed(index, future.result())
        elif isinstance(error, Exception):
            self._ledger.fail(index, error)
        else:
            raise error
