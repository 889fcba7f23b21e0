"""A long list on a page: searched, sorted and split into pages by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lkapi.console.web.view import View

__all__ = ["Listing"]

_SIZE: Final = 50


class Listing:
    """The part of a list that the parameters ``q``, ``sort`` and ``p`` of the address select.

    Args:
        view: the request.
        items: all of them.
        sorts: the keys to sort by, by the names of columns.
        first: the sort when the address has none; with ``-`` the largest first.
        text: the text of an item for the search.
    """

    def __init__(
        self,
        view: View,
        items: Sequence[Any],
        *,
        sorts: Mapping[str, Callable[[Any], Any]],
        first: str,
        text: Callable[[Any], Sequence[str]],
    ) -> None:
        self._view = view
        self.total = len(items)
        self.query = view.query.get("q", "").strip()
        wanted = self.query.casefold()
        found = [
            item for item in items
            if not wanted or any(wanted in one.casefold() for one in text(item))
        ]  # fmt: skip
        self.found = len(found)
        sort = view.query.get("sort", first)
        self.sort = sort if sort.removeprefix("-") in sorts else first
        found.sort(key=sorts[self.sort.removeprefix("-")], reverse=self.sort.startswith("-"))
        self.pages = max(1, -(-self.found // _SIZE))
        self.page = max(1, min(view.number("p"), self.pages))
        self.first = (self.page - 1) * _SIZE
        self.items = found[self.first : self.first + _SIZE]

    def sorted_by(self, column: str) -> str:
        """``ascending``, ``descending`` or ``none``, for ``aria-sort``."""
        if self.sort.removeprefix("-") != column:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    def sort_link(self, column: str) -> str:
        """The address with this sort, in the other direction if it is sorted so already."""
        new = f"-{column}" if self.sort == column else column
        return self._view.here(sort=new, p="")

    def page_link(self, number: int) -> str:
        """The address of another page of the list."""
        return self._view.here(p=number)
