"""Commands and groups: sections and examples in the help, shared options, suggestions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.options import (
    CONNECTION,
    OUTPUT,
    connection_options,
    debug_option,
    fill_env_file,
    output_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Command", "Group", "LazyGroup", "ReaderGoneError"]


class Command(click.Command):
    """A command with examples, and with the shared options after its own.

    Args:
        examples: whole command lines, ``lkapi room list --json``; at least one.
        connects: whether it takes the options of a connection.
        shows: whether it takes the options of output.
        local: whether it makes no call, so that it has no --curl and --timeout.
    """

    def __init__(
        self,
        name: str | None,
        *,
        examples: Sequence[str] = (),
        connects: bool = True,
        shows: bool = True,
        local: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        self.examples = tuple(examples)
        self._shared: list[click.Parameter] = []
        if shows:
            self._shared += output_options(calls=not local)
        if connects:
            self._shared += connection_options(calls=not local)
        if not shows:
            self._shared.append(debug_option())

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters, then the shared ones."""
        own = super().get_params(ctx)
        help_option = [p for p in own if p is self.get_help_option(ctx)]
        return [*(p for p in own if p not in help_option), *self._shared, *help_option]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, ``--env-file`` without a path among them."""
        return super().parse_args(ctx, fill_env_file(args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their sections."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], OUTPUT: [], CONNECTION: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not isinstance(parameter, click.Argument):
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        shared = {title: sections.pop(title) for title in (OUTPUT, CONNECTION)}
        _write_sections(formatter, {**sections, **shared})

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, and the rest of the end."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{' ' * formatter.current_indent}{example}\n")
        super().format_epilog(ctx, formatter)


def _write_sections(
    formatter: click.HelpFormatter, sections: Mapping[str, list[tuple[str, str]]]
) -> None:
    for title, records in sections.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


class Group(click.Group):
    """The commands of one noun."""

    command_class = Command

    def __init__(self, name: str, **settings: Any) -> None:
        settings.setdefault("no_args_is_help", True)
        super().__init__(name, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order in which they were added."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or suggest the nearest."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            from lkapi._words import nearest_or_all

            raise click.UsageError(f"no command {name!r}{nearest_or_all(name, known)}", ctx)
        return super().resolve_command(ctx, args)


class ReaderGoneError(Exception):
    """Whoever read the output went away; click would make exit code 1 of a BrokenPipeError."""


class LazyGroup(Group):
    """A group whose commands are in modules that are imported when they are used.

    Args:
        table: each command with its module and its line in the help.
    """

    def __init__(self, name: str, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(name, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the table."""
        return list(self.table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import the module of a command: its ``group``, or its ``command``."""
        if cmd_name not in self.table:
            return None
        module: Any = import_module(self.table[cmd_name][0])
        found: click.Command = getattr(module, "group", None) or module.command
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options that stand before the command."""
        return super().parse_args(ctx, fill_env_file(args))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            ReaderGoneError: the output cannot be written any more.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands from the table, then the options in their sections."""
        rows = [(name, line) for name, (_, line) in self.table.items()]
        sections: dict[str, list[tuple[str, str]]] = {"Commands": rows, "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        _write_sections(formatter, sections)
