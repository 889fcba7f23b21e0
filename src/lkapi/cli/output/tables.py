"""Lists as tables: columns for a narrow and a wide terminal, plain ones in a pipe."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from lkapi.cli.output.values import show, status_style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table as RichTable

__all__ = ["WIDE", "Column", "Table", "draw"]

WIDE: Final = 110
"""Columns of a terminal from which the further columns and absolute times are shown."""

_MARK_STYLES: Final = {"+": "green", "~": "yellow", "-": "red"}


class Column:
    """One column.

    Args:
        title: its head.
        value: an attribute's name, dots for nested ones, or a function of the item.
        wide: whether it is shown only where there is room.
        right: whether it is aligned right, as numbers are.
        whole: whether it is never cut: what one copies, such as ids.
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
        key: the attribute that names an item: what ``--quiet`` prints, and what ``--watch``
            knows it again by.
        columns: the columns.
        empty: what is said of an empty list.
    """

    def __init__(self, key: str, *columns: Column, empty: str = "nothing found") -> None:
        self.key = key
        self.columns = columns
        self.empty = empty

    def key_of(self, item: Any) -> str:
        """What names an item."""
        return str(getattr(item, self.key))


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
        now: the present, for relative times.
        marks: ``+``, ``~`` or ``-`` by the key of an item that changed; shown in front.
    """
    from rich import box
    from rich.table import Table as RichTable

    wide = console.width >= WIDE
    columns = [column for column in table.columns if wide or not column.wide]
    style = box.SIMPLE_HEAD if console.is_terminal else None
    drawn = RichTable(box=style, pad_edge=False, header_style="bold", show_edge=False)
    if marks is not None:
        drawn.add_column("", width=1)
    for column in columns:
        drawn.add_column(
            column.title,
            justify="right" if column.right else "left",
            overflow="fold" if column.whole else "ellipsis",
            no_wrap=not column.whole,
            min_width=None,
        )
    moment = now or dt.datetime.now(dt.timezone.utc)
    for item in items:
        cells = [_cell(column.of(item), moment, wide) for column in columns]
        mark = (marks or {}).get(table.key_of(item), "")
        before = [] if marks is None else [mark]
        drawn.add_row(*before, *cells, style=_MARK_STYLES.get(mark, ""))
    return drawn


def _cell(value: Any, now: dt.datetime, wide: bool) -> Any:
    from rich.text import Text

    text = show(value, now, wide=wide)
    return Text(text, style=status_style(text))
