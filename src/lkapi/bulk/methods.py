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
    """The methods of a client for one operation over many items."""

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
        """Run one operation for many items, several at once; an error of one stops no other.

        ::

            results = await api.bulk(lambda name: api.room.delete_room(room=name), names)
            for result in results.failed:
                print(result.item, result.error)

        Each call keeps its own timeout and retries, so after HTTP 429 it waits as long as the
        server asks. What was started is finished, even after the deadline, so every item has either
        its outcome or a ``NotStartedError``. A cancellation or an interrupt ends the work: nothing
        more is started, and nothing is left running.

        Args:
            operation: called with each item.
            items: the items, a pager of this client for example; read as needed.
            limit: how many items are in progress at once.
            deadline: seconds after which nothing more is started.
            stop_on_error: whether nothing more is started once an item has failed.
            on_progress: called after each item, in the order in which they end. An exception from
                it ends the work.

        Raises:
            BulkError: reading the items failed; it has the results until then.
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
        """Like ``bulk``, for more items than fit in memory: yields results in the items' order.

        Nothing starts before you iterate. At most four times ``limit`` items are held, including
        those that wait for an earlier one. An error from ``items`` is raised after the last result.
        Leaving the loop stops the work; ``contextlib.aclosing`` makes that happen at once.
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
