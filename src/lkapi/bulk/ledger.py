"""The bookkeeping of bulk work, without I/O: what may start, what has ended, in which order."""

from __future__ import annotations

import time
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from lkapi.bulk.results import BulkProgress, BulkResult, BulkResults
from lkapi.errors import BulkError, NotStartedError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["BulkRules", "Ledger", "NotAnOperationError"]

Item = TypeVar("Item")
Value = TypeVar("Value")


class NotAnOperationError(TypeError):
    """The operation is for the other client; this ends the work and is not an error of an item."""


def _check_limit(_: object, _field: object, limit: Any) -> None:
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"limit must be a whole number, not {type(limit).__name__}")
    if limit < 1:
        raise SettingsError(f"limit must be at least 1, not {limit}")


@attrs.frozen(kw_only=True)
class BulkRules(Generic[Item, Value]):
    """How to do bulk work."""

    limit: int = attrs.field(validator=_check_limit)
    """How many items may be in progress at once."""
    deadline: float | None = None
    """Seconds after which no further item is started."""
    stop_on_error: bool = False
    on_progress: Callable[[BulkProgress[Item, Value]], object] | None = None
    ahead: int | None = None
    """Items that may be held at once, with those that wait for an earlier one; None: no limit."""
    clock: Callable[[], float] = time.monotonic


class Ledger(Generic[Item, Value]):
    """Keeps the items that were taken until their results are returned in order."""

    def __init__(self, rules: BulkRules[Item, Value], items: object) -> None:
        self.rules = rules
        self.total = len(items) if isinstance(items, Sized) else None
        self.all_taken = False
        self.source_error: Exception | None = None
        self._items: dict[int, Item] = {}
        self._ready: dict[int, BulkResult[Item, Value]] = {}
        self._taken = self._given = self._done = self._failed = 0
        self._stopped = ""
        self._ends_at = None if rules.deadline is None else rules.clock() + rules.deadline

    def time_left(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return None if self._ends_at is None else max(0.0, self._ends_at - self.rules.clock())

    @property
    def stopped(self) -> bool:
        """Whether nothing more may be started."""
        if not self._stopped and self.time_left() == 0.0:
            self._stopped = f"the deadline of {self.rules.deadline:g} s had passed"
        return bool(self._stopped)

    def wants_item(self) -> bool:
        """Whether to take the next item now."""
        held, ahead = self._taken - self._given, self.rules.ahead
        has_room = len(self._items) < self.rules.limit and (ahead is None or held < ahead)
        return not self.all_taken and self.source_error is None and not self.stopped and has_room

    def take(self, item: Item) -> int | None:
        """Note an item; return its number for reports, or None if it must not be started."""
        index = self._taken
        self._taken += 1
        if self.stopped:
            error = NotStartedError(f"not started: {self._stopped}")
            self._ready[index] = BulkResult(index, item, error)
            return None
        self._items[index] = item
        return index

    def skip_rest(self, rest: Iterable[Item]) -> None:
        """Mark items as not started, if they exist already and need not be generated."""
        if self.total is not None and self.source_error is None:
            for item in rest:
                self.take(item)
            self.all_taken = True

    def succeed(self, index: int, value: Value) -> None:
        """Note what the operation returned."""
        self._end(BulkResult(index, self._items.pop(index), None, value))

    def fail(self, index: int, error: Exception) -> None:
        """Note what the operation raised."""
        if isinstance(error, NotAnOperationError):
            raise error
        self._failed += 1
        if self.rules.stop_on_error and not self._stopped:
            self._stopped = f"item {index} had failed"
        self._end(BulkResult(index, self._items.pop(index), error))

    def _end(self, result: BulkResult[Item, Value]) -> None:
        self._ready[result.index] = result
        self._done += 1
        if self.rules.on_progress is not None:
            self.rules.on_progress(BulkProgress(result, self._done, self._failed, self.total))

    def hand_out(self) -> Iterator[BulkResult[Item, Value]]:
        """The results that can be returned now."""
        while self._given in self._ready:
            result = self._ready.pop(self._given)
            self._given += 1
            yield result

    def collect(self, results: list[BulkResult[Item, Value]]) -> BulkResults[Item, Value]:
        """All results as one value.

        Raises:
            BulkError: reading the items failed; it has the results so far.
        """
        found = BulkResults(results, all_taken=self.all_taken)
        error = self.source_error
        if error is not None:
            kind = type(error).__name__
            text = f"reading the items failed after {len(found)} of them: {kind}: {error}"
            raise BulkError(text, results=found) from error
        return found
