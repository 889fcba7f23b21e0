"""``lkapi completion``: the script with which a shell completes lkapi's commands and options."""

from __future__ import annotations

import sys

import click

from lkapi.cli.groups import Command

__all__ = ["command"]


@click.command(
    "completion",
    cls=Command,
    connects=False,
    shows=False,
    examples=[
        'eval "$(lkapi completion bash)"',
        'eval "$(lkapi completion zsh)"',
        "lkapi completion fish > ~/.config/fish/completions/lkapi.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    Put the line of the examples into the shell's start file.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    sys.stdout.write(kind(root, {}, "lkapi", "_LKAPI_COMPLETE").source())
