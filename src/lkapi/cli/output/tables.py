"""Lists as tables: columns for a narrow and a wide terminal, plain ones in a pipe."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from lkapi.presentation.values import show, status_style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table as RichTable

__all__ = ["Column", "Table", "draw"]

_GAP: Final = 3
"""Between two columns."""

_SHORT: Final = 12
"""Cells up to this width are not cut to make room for longer ones."""

_MARK_STYLES: Final = {"+": "green", "~": "yellow", "-": "red"}


class Column:
    """One column.

    Args:
        title: its head.
        value: an attribute's name, dots for nested ones, or a function of the item.
        wide: whether it is shown only if there is room.
        right: whether it is aligned right, as numbers are.
        whole: whether it is never cut, as for values that people copy, such as ids.
    """

    def __init__(
        self,
        title: str,
        value: str | Callable[[Any], Any],
        *,
        wide: bool = False,
        right: bool = False,
        whole: bool = False,
    ) -> None:
        self.title = title
        self.value = value
        self.wide = wide
        self.right = right
        self.whole = whole

    def of(self, item: Any) -> Any:
        """The value of an item, None where a nested one is unset."""
        if not isinstance(self.value, str):
            return self.value(item)
        for name in self.value.split("."):
            item = None if item is None else getattr(item, name)
        return item


class Table:
    """How a list is shown.

    Args:
        key: the attribute that identifies an item: ``--quiet`` prints it, and ``--watch``
            recognises items by it.
        columns: the columns.
        empty: the text for an empty list.
    """

    def __init__(self, key: str, *columns: Column, empty: str = "nothing found") -> None:
        self.key = key
        self.columns = columns
        self.empty = empty

    def key_of(self, item: Any) -> str:
        """The key of an item."""
        return str(getattr(item, self.key))


class _Drawing:
    """The columns that fit a width, and their cells."""

    def __init__(self, columns: Sequence[Column], items: Sequence[Any], now: dt.datetime) -> None:
        self.columns = list(columns)
        self.items = items
        self.now = now
        self.wide = True

    def fit(self, width: int) -> None:
        """Leave out absolute times, then further columns from the right, until the rest fits."""
        self.wide = width >= self._width()
        while width < self._width():
            extra = [column for column in self.columns if column.wide]
            if not extra:
                return
            self.columns.remove(extra[-1])

    def texts(self, column: Column) -> list[str]:
        """The cells of a column."""
        return [show(column.of(item), self.now, wide=self.wide) for item in self.items]

    def longest(self, column: Column) -> int:
        """The width of a column without cuts."""
        from rich.cells import cell_len

        return max(map(cell_len, (column.title, *self.texts(column))))

    def least(self, column: Column) -> int:
        """The width below which a column is not cut."""
        return min(self.longest(column), _SHORT)

    def _width(self) -> int:
        return sum(self.longest(column) + _GAP for column in self.columns) + _GAP


def draw(
    console: Console,
    table: Table,
    items: Sequence[Any],
    *,
    now: dt.datetime | None = None,
    marks: Mapping[str, str] | None = None,
) -> RichTable:
    """The table for a console.

    Args:
        console: where it will be shown; its width decides about the columns.
        table: the columns.
        items: the rows.
        now: the current time, for relative times.
        marks: ``+``, ``~`` or ``-`` by the key of an item that changed; shown in front.
    """
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawing = _Drawing(table.columns, items, now or dt.datetime.now(dt.timezone.utc))
    drawing.fit(console.width)
    style = box.SIMPLE_HEAD if console.is_terminal else None
    drawn = RichTable(box=style, pad_edge=False, header_style="bold", show_edge=False)
    if marks is not None:
        drawn.add_column("", width=1)
    for column in drawing.columns:
        drawn.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="fold" if column.whole else "ellipsis",
            min_width=drawing.longest(column) if column.whole else drawing.least(column),
        )
    rows = zip(*(drawing.texts(column) for column in drawing.columns), strict=True)
    for item, texts in zip(items, rows, strict=True):
        mark = (marks or {}).get(table.key_of(item), "")
        before = [] if marks is None else [mark]
        cells = [Text(text, style=status_style(text)) for text in texts]
        drawn.add_row(*before, *cells, style=_MARK_STYLES.get(mark, ""))
    return drawn
