"""Pairs of name and value, one a line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from lkapi.cli.output.console import output_console, print_lines
from lkapi.presentation.values import show, status_style

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["show_facts"]


def show_facts(facts: Sequence[tuple[str, Any]], now: dt.datetime | None = None) -> None:
    """Print pairs on standard output."""
    from rich.table import Table
    from rich.text import Text

    moment = now or dt.datetime.now(dt.timezone.utc)
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in facts:
        text = show(value, moment)
        drawn.add_row(name, Text(text, style=status_style(text)))
    print_lines(output_console(), drawn)
