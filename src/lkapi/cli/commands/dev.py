"""``lkapi dev``: the embedded server, whose own program reads the arguments."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from lkapi.cli.groups import Command

if TYPE_CHECKING:
    from collections.abc import Generator

    from lkapi.devserver.program.companion import Surroundings

__all__ = ["command"]


@click.command(
    "dev",
    cls=Command,
    connects=False,
    shows=False,
    short_help="Run the embedded server, for development and tests.",
    examples=["lkapi dev --port 7880", "lkapi dev --port 0 --profile self-hosted"],
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Run the embedded server, for development and tests."""
    from lkapi.devserver.program.main import main

    context.exit(main(list(arguments), program="lkapi dev", companion=_console))


@contextlib.contextmanager
def _console(around: Surroundings) -> Generator[None, None, None]:
    """Serve the console of this server, if its packages are installed."""
    from lkapi.cli.commands.console import require_extra
    from lkapi.errors import SettingsError

    try:
        require_extra()
    except click.UsageError as error:
        if around.port is not None:
            raise SettingsError(error.message) from None
        around.announce(error.message)
        yield
        return
    from lkapi.console import serve_stage

    with serve_stage(around):
        yield
