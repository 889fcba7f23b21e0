"""``lkapi dispatch``: agents in rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["group"]

group = Group("dispatch", help="Send agents into rooms.")


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "id",
        Column("id", "id", whole=True),
        Column("agent", "agent_name"),
        Column("room", "room"),
        Column("jobs", lambda one: len(one.state.jobs) if one.state else 0, right=True),
        Column("created", "state.created_time"),
        Column("metadata", "metadata", wide=True),
        empty="No agents are dispatched to the room.",
    )


group.add_command(
    ListCommand(
        "list",
        "agent_dispatch.LIST_DISPATCH",
        items="agent_dispatches",
        table=_table,
        arguments=("room",),
        required=("room",),
        names={"dispatch_id": "--id"},
        help="List the dispatches of a room.",
        examples=["lkapi dispatch list demo", "lkapi dispatch list demo --json"],
    )
)

group.add_command(
    RowCommand(
        "create",
        "agent_dispatch.CREATE_DISPATCH",
        arguments=("room", "agent_name"),
        required=("room",),
        key="id",
        help="Send an agent into a room, which is created if need be.",
        examples=["""lkapi dispatch create demo greeter --metadata '{"language": "en"}'"""],
    )
)


@group.command(
    "delete",
    short_help="Withdraw agents from a room.",
    examples=["lkapi dispatch delete demo $DISPATCH --yes"],
)
@click.argument("room")
@click.argument("ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def delete(session: Session, room: str, ids: tuple[str, ...], yes: bool) -> None:
    """Withdraw agents from a room, by the ids of their dispatches."""
    from lkapi.cli.items import confirm, for_each
    from lkapi.methods.agent_dispatch import DELETE_DISPATCH

    what = ids[0] if len(ids) == 1 else f"{len(ids)} dispatches"
    confirm(session, f"Delete {what} from the room {room!r}?", yes=yes)
    for_each(
        session,
        ids,
        lambda one: session.call(
            DELETE_DISPATCH, DELETE_DISPATCH.request(dispatch_id=one, room=room)
        ),
        done="deleted",
    )
