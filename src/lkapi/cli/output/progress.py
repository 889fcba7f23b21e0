"""A line on the terminal while a call waits; nothing if there is no terminal."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["waiting"]


@contextlib.contextmanager
def waiting(what: str, *, quiet: bool = False) -> Generator[Callable[[str], None], None, None]:
    """Show what is waited for, and for how long, until the block ends.

    The block gets a function that changes the text.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from lkapi.cli.output.console import error_console

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=error_console(), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda text: progress.update(task, description=text)
