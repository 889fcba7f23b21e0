"""The results of the items of bulk work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast, overload

import attrs

from lkapi.errors import BulkError, NotStartedError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BulkProgress", "BulkResult", "BulkResults"]

Item = TypeVar("Item")
Value = TypeVar("Value")


@attrs.frozen
class BulkResult(Generic[Item, Value]):
    """The result for one item."""

    index: int
    """Position among the items, from 0."""
    item: Item
    error: Exception | None = None
    """The operation's exception, ``NotStartedError`` if it was not started; None after success."""
    _value: Value | None = attrs.field(default=None, alias="value")

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded."""
        return self.error is None

    @property
    def started(self) -> bool:
        """Whether the operation was started for this item; if not, it has had no effect."""
        return not isinstance(self.error, NotStartedError)

    @property
    def value(self) -> Value:
        """What the operation returned.

        Raises:
            Exception: the ``error``, if there is one.
        """
        if self.error is not None:
            raise self.error
        return cast("Value", self._value)


@attrs.frozen
class BulkProgress(Generic[Item, Value]):
    """The progress of bulk work, passed to ``on_progress`` after each item that ends."""

    result: BulkResult[Item, Value]
    """The item that has just ended."""
    done: int
    """Items that have ended, including this one."""
    failed: int
    """How many of them failed."""
    total: int | None
    """Number of items; None if they come from an iterator or a pager."""


class BulkResults(Sequence[BulkResult[Item, Value]]):
    """The results of bulk work, in the order of the items.

    Args:
        results: one for each item that was taken.
        all_taken: False if an iterator or pager was not read to its end.
    """

    def __init__(
        self, results: Iterable[BulkResult[Item, Value]], *, all_taken: bool = True
    ) -> None:
        self._results = tuple(results)
        self.all_taken = all_taken
        """Whether there is a result for every item: False if an iterator or pager was not read to
        its end, because the deadline had passed or an item had failed."""

    @overload
    def __getitem__(self, index: int) -> BulkResult[Item, Value]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[BulkResult[Item, Value], ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> BulkResult[Item, Value] | tuple[BulkResult[Item, Value], ...]:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        parts = [f"{len(self.succeeded)} ok", f"{len(self.failed)} failed"]
        if self.not_started:
            parts.append(f"{len(self.not_started)} not started")
        if not self.all_taken:
            parts.append("items left")
        return f"<BulkResults: {', '.join(parts)}>"

    @property
    def ok(self) -> bool:
        """Whether every item was taken and succeeded."""
        return self.all_taken and all(result.ok for result in self)

    @property
    def succeeded(self) -> list[BulkResult[Item, Value]]:
        """The items that succeeded."""
        return [result for result in self if result.ok]

    @property
    def failed(self) -> list[BulkResult[Item, Value]]:
        """The items whose operation raised an error."""
        return [result for result in self if result.started and not result.ok]

    @property
    def not_started(self) -> list[BulkResult[Item, Value]]:
        """The items whose operation was not started."""
        return [result for result in self if not result.started]

    def values(self) -> list[Value]:
        """What the operation returned for each item.

        Raises:
            BulkError: not all items succeeded; its cause is the first error.
        """
        bad = next((result for result in self if not result.ok), None)
        if bad is not None:
            lost = len(self) - len(self.succeeded)
            text = f"{lost} of {len(self)} items did not succeed; item {bad.index}: {bad.error}"
            raise BulkError(text, results=self) from bad.error
        if not self.all_taken:
            text = f"the work ended after {len(self)} items, with items left"
            raise BulkError(text, results=self)
        return [result.value for result in self]
