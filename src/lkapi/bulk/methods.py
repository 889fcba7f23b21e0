"""The methods of a client for bulk work."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lkapi.settings import to_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.bulk import AsyncOperation, AsyncSource, BulkProgress, BulkResult, BulkResults
    from lkapi.rpc.concurrency import AsyncItems
    from lkapi.settings import Seconds

__all__ = ["BulkMethods"]

Item = TypeVar("Item")
Value = TypeVar("Value")

_HELD = 4
"""Items that ``iter_bulk`` holds at most, in multiples of its limit."""


class BulkMethods:
    """What a client offers for one operation over many items."""

    async def bulk(
        self,
        operation: AsyncOperation[Item, Value],
        items: AsyncSource[Item],
        /,
        *,
        limit: int = 10,
        deadline: Seconds | None = None,
        stop_on_error: bool = False,
        on_progress: Callable[[BulkProgress[Item, Value]], object] | None = None,
    ) -> BulkResults[Item, Value]:
        """Do one thing with many items, several at once; an error of one does not end the others.

        ::

            results = await api.bulk(lambda name: api.room.delete_room(room=name), names)
            for result in results.failed:
                print(result.item, result.error)

        Each call keeps its own timeout and retries, so HTTP 429 is waited for as the server asks.
        What was started is carried to its end, also when the deadline passes, so that every item
        has either its outcome or a ``NotStartedError``. A cancellation or an interrupt ends the
        work: nothing more is started, and nothing is left running.

        Args:
            operation: called with each item.
            items: what to go through, a pager of this client for example; taken as needed.
            limit: how many items are under way at once.
            deadline: seconds after which nothing more is started.
            stop_on_error: whether nothing more is started once an item has failed.
            on_progress: called after each item, in the order in which they end. What it raises
                ends the work.

        Raises:
            BulkError: the items ended with an error; it holds the results until then.
            TypeError: the operation is for the other kind of client.
        """
        from lkapi.bulk import AsyncRun, BulkRules

        rules = BulkRules(
            limit=limit,
            deadline=to_seconds(deadline, "deadline"),
            stop_on_error=stop_on_error,
            on_progress=on_progress,
        )
        return await AsyncRun(operation, items, rules).collect()

    def iter_bulk(
        self,
        operation: AsyncOperation[Item, Value],
        items: AsyncSource[Item],
        /,
        *,
        limit: int = 10,
        deadline: Seconds | None = None,
        stop_on_error: bool = False,
        on_progress: Callable[[BulkProgress[Item, Value]], object] | None = None,
    ) -> AsyncItems[BulkResult[Item, Value]]:
        """``bulk`` for more items than should be kept: gives each result in its turn.

        Nothing is done before the walk begins. At most four times ``limit`` items are held, those
        that wait for an earlier one included. An error of ``items`` comes after the last result.
        Leaving the walk stops the work; ``contextlib.aclosing`` makes that happen at once.
        """
        from lkapi.bulk import AsyncRun, BulkRules

        rules = BulkRules(
            limit=limit,
            deadline=to_seconds(deadline, "deadline"),
            stop_on_error=stop_on_error,
            on_progress=on_progress,
            ahead=_HELD * limit,
        )
        return AsyncRun(operation, items, rules).results()
