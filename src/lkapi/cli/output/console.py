"""Consoles for standard output and error; rich decides about colour (NO_COLOR, terminal or not)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["PIPED_WIDTH", "error_console", "is_terminal", "output_console", "print_lines"]

PIPED_WIDTH: Final = 400
"""Width of a table that is not shown on a terminal: nothing is cut, for grep and awk."""


def is_terminal() -> bool:
    """Whether a person can be asked: standard input and error are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def output_console() -> Console:
    """Results go here."""
    from rich.console import Console

    piped = not sys.stdout.isatty()
    return Console(
        file=sys.stdout, width=PIPED_WIDTH if piped else None, highlight=False, soft_wrap=False
    )


def error_console() -> Console:
    """Progress and questions go here."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)


def print_lines(console: Console, drawn: RenderableType) -> None:
    """Print without trailing blanks."""
    with console.capture() as captured:
        console.print(drawn)
    lines = captured.get().splitlines()
    console.file.write("".join(f"{line.rstrip()}\n" for line in lines))
