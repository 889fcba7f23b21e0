"""Pagers: a list that comes in pages, as one sequence of items."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lkapi.rpc.concurrency import AsyncItems

__all__ = ["AsyncPager"]

T = TypeVar("T")


class AsyncPager(Generic[T]):
    """The items of all pages of a list; each page is read when its first item is needed.

    ::

        async for egress in api.egress.iter_egress(room_name="demo"): ...

    Iterating again reads the list again.
    """

    def __init__(self, read: Callable[[], AsyncItems[Sequence[T]]]) -> None:
        self._read = read

    async def __aiter__(self) -> AsyncItems[T]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page:
                    yield item

    async def pages(self) -> AsyncItems[list[T]]:
        """Iterate over the pages; each is a list of items."""
        async with aclosing(self._read()) as pages:
            async for page in pages:
                yield list(page)

    async def collect(self) -> list[T]:
        """Read all pages and return their items in one list."""
        return [item async for item in self]
