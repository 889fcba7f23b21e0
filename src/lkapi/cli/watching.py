"""``--watch``: a list read again and again, with what changed marked."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

import click

from lkapi.cli.flags.types import DurationType
from lkapi.cli.options import OUTPUT, SectionOption

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from lkapi.cli.output.tables import Table
    from lkapi.cli.session import Session

__all__ = ["watch", "watch_options"]

_WORDS: Final = {"+": "added", "~": "changed", "-": "removed"}


def watch_options() -> list[SectionOption]:
    """``--watch``, ``--every`` and ``--rounds``."""
    return [
        SectionOption("--watch", section=OUTPUT, is_flag=True, help="Read again and again."),
        SectionOption(
            "--every", section=OUTPUT, type=DurationType(), default="2s", metavar="TIME",
            help="Time between two readings of --watch [2s].",
        ),
        SectionOption(
            "--rounds", section=OUTPUT, type=click.IntRange(1), metavar="NUMBER",
            help="End --watch after so many readings.",
        ),
    ]  # fmt: skip


def watch(
    session: Session,
    table: Table,
    read: Callable[[], list[Any]],
    *,
    every: timedelta,
    rounds: int | None,
) -> None:
    """Show a list until interrupted: on a terminal in place, else a line for each change."""
    readings = _readings(read, every.total_seconds(), rounds)
    if sys.stdout.isatty() and not session.structured:
        _in_place(table, readings)
    else:
        _line_by_line(session, table, readings)


def _readings(read: Callable[[], list[Any]], pause: float, rounds: int | None) -> Any:
    count = 0
    while True:
        yield read()
        count += 1
        if rounds is not None and count >= rounds:
            return
        time.sleep(pause)


def _by_key(table: Table, items: Sequence[Any]) -> dict[str, Any]:
    return {table.key_of(item): item for item in items}


def _in_place(table: Table, readings: Any) -> None:
    from rich.console import Group
    from rich.live import Live

    from lkapi.cli.output.changes import find_changes
    from lkapi.cli.output.console import output_console
    from lkapi.cli.output.tables import draw

    console = output_console()
    before: dict[str, Any] | None = None
    with Live(console=console, auto_refresh=False) as live:
        for items in readings:
            present = _by_key(table, items)
            marks = {} if before is None else find_changes(before, present)
            gone = [item for key, item in (before or {}).items() if key not in present]
            foot = f"{len(items)} now; + added, ~ changed, - removed since the last reading"
            live.update(
                Group(draw(console, table, [*items, *gone], marks=marks), foot), refresh=True
            )
            before = present


def _line_by_line(session: Session, table: Table, readings: Any) -> None:
    from lkapi.cli.output.changes import find_changes
    from lkapi.cli.output.documents import line

    before: dict[str, Any] = {}
    for items in readings:
        present = _by_key(table, items)
        for key, mark in find_changes(before, present).items():
            item = present[key] if key in present else before[key]
            if session.structured:
                session.write(line({"change": _WORDS[mark], "item": item}))
            else:
                session.write(f"{mark} {key}")
        sys.stdout.flush()
        before = present
