"""``--watch``: reads a list repeatedly and marks the changes."""

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

__all__ = ["check_watching", "watch", "watch_options"]

_PAUSE: Final = 2.0
_WORDS: Final = {"+": "added", "~": "changed", "-": "removed"}


def watch_options() -> list[SectionOption]:
    """``--watch``, ``--every`` and ``--rounds``."""
    return [
        SectionOption("--watch", section=OUTPUT, is_flag=True, help="Read the list repeatedly."),
        SectionOption(
            "--every", section=OUTPUT, type=DurationType(), metavar="TIME",
            help="Time between two readings of --watch [2s].",
        ),
        SectionOption(
            "--rounds", section=OUTPUT, type=click.IntRange(1), metavar="NUMBER",
            help="End --watch after this many readings.",
        ),
    ]  # fmt: skip


def check_watching(ctx: click.Context) -> None:
    """Refuse options of ``--watch`` without it, and readings without a pause.

    Raises:
        UsageError: naming the option.
    """
    every: timedelta | None = ctx.params["every"]
    for option, value in (("--every", every), ("--rounds", ctx.params["rounds"])):
        if value is not None and not ctx.params["watch"]:
            raise click.UsageError(f"{option} goes with --watch")
    if every is not None and not every:
        raise click.UsageError("--every must be more than 0: write 500ms, 2s or 1m")


def watch(
    session: Session,
    table: Table,
    name: str,
    read: Callable[[], list[Any]],
    *,
    every: timedelta | None,
    rounds: int | None,
) -> None:
    """Show a list until interrupted.

    On a terminal, the table is updated in place. With ``--json`` there is a line ``{name: [...]}``
    for each reading, otherwise a line for each change.
    """
    readings = _readings(read, every.total_seconds() if every else _PAUSE, rounds)
    if session.options.json:
        _each_whole(session, name, readings)
    elif sys.stdout.isatty() and not session.structured:
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


def _each_whole(session: Session, name: str, readings: Any) -> None:
    from lkapi.cli.output.documents import line

    for items in readings:
        session.write(line({name: items}))
        sys.stdout.flush()


def _line_by_line(session: Session, table: Table, readings: Any) -> None:
    from lkapi.cli.output.changes import find_changes
    from lkapi.cli.output.documents import line

    before: dict[str, Any] = {}
    for number, items in enumerate(readings):
        present = _by_key(table, items)
        if not (number or items):
            session.note(table.empty)
        for key, mark in find_changes(before, present).items():
            item = present[key] if key in present else before[key]
            if session.structured:
                session.write(line({"change": _WORDS[mark], "item": item}))
            else:
                session.write(f"{mark} {key}")
        sys.stdout.flush()
        before = present
