"""``delete`` of one or several items by their ids, made from a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Command
from lkapi.cli.session import Session
from lkapi.presentation.rows import find_row

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["delete_command"]


def delete_command(
    row: str,
    *,
    field: str,
    noun: str,
    help: str,  # noqa: A002 - click's word
    examples: Sequence[str],
    name: str = "delete",
    done: str = "deleted",
) -> Command:
    """A command that asks, deletes each item, and reports each.

    Args:
        row: ``ingress.DELETE_INGRESS``.
        field: the field of the request that takes an id.
        noun: what an item is called.
        help: the text of the help.
        examples: whole command lines.
        name: name of the command.
        done: the text for each success.
    """

    def delete(ids: tuple[str, ...], yes: bool) -> None:
        from lkapi.cli.items import confirm, for_each

        session = Session(click.get_current_context())
        what = f"the {noun} {ids[0]}" if len(ids) == 1 else f"{len(ids)} of them"
        confirm(session, f"{name.capitalize()} {what}?", yes=yes)
        method = find_row(row)

        def work(one: str) -> Any:
            return session.call(method, method.request(**{field: one}))

        for_each(session, ids, work, done=done)

    return Command(
        name,
        help=help,
        examples=examples,
        callback=delete,
        params=[
            click.Argument(["ids"], nargs=-1, required=True, metavar="ID..."),
            click.Option(["--yes"], is_flag=True, help="Do not ask."),
        ],
    )
