"""``lkapi room``: the rooms of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["group"]

group = Group("room", help="Create, list, change and delete rooms.")


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "name",
        Column("name", "name", whole=True),
        Column("sid", "sid", whole=True),
        Column("people", "num_participants", right=True),
        Column("publishers", "num_publishers", right=True),
        Column("max", lambda room: room.max_participants or None, right=True, wide=True),
        Column("recording", "active_recording"),
        Column("created", "created_time"),
        Column("metadata", "metadata", wide=True),
        empty="There are no rooms.",
    )


group.add_command(
    ListCommand(
        "list",
        "room.LIST_ROOMS",
        items="rooms",
        table=_table,
        names={"names": "--name"},
        help="List the rooms that exist.",
        examples=[
            "lkapi room list",
            "lkapi room list --name demo --json",
            "lkapi room list --watch --every 1s --rounds 2",
        ],
    )
)

group.add_command(
    RowCommand(
        "create",
        "room.CREATE_ROOM",
        arguments=("name",),
        required=("name",),
        key="name",
        help="Create a room, or return the existing one unchanged.",
        examples=[
            "lkapi room create demo --empty-timeout 10m --max-participants 20",
            """lkapi room create demo --metadata '{"topic": "tests"}' --json""",
            """lkapi room create demo --agents '{"agentName": "greeter"}' --quiet""",
        ],
    )
)

group.add_command(
    RowCommand(
        "update",
        "room.UPDATE_ROOM_METADATA",
        arguments=("room",),
        required=("room",),
        key="name",
        help="Replace a room's metadata; everyone in the room is notified.",
        examples=["lkapi room update demo --metadata 'doors open at nine'"],
    )
)


@group.command(
    "get",
    short_help="Show one room.",
    examples=["lkapi room get demo", "lkapi room get demo --json"],
)
@click.argument("name")
@pass_session
def get(session: Session, name: str) -> None:
    """Show one room."""
    from lkapi.methods.room import LIST_ROOMS

    if session.options.curl:
        session.call(LIST_ROOMS, LIST_ROOMS.request(names=[name]))
    session.show(session.client.room.get_room(name), key="name")


@group.command(
    "delete",
    short_help="End rooms and disconnect everyone in them.",
    examples=[
        "lkapi room delete demo --yes",
        "lkapi room delete demo other --yes --missing-ok",
        "lkapi room delete --all --older-than 2h --yes",
    ],
)
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every room that exists.")
@click.option("--older-than", metavar="TIME", help="With --all: those created before, 2h, 1d.")
@click.option("--empty", is_flag=True, help="With --all: those without participants.")
@click.option("--missing-ok", is_flag=True, help="It is not an error if a room does not exist.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def delete(
    session: Session, /, names: tuple[str, ...], every: bool, yes: bool, **which: Any
) -> None:
    """End rooms and disconnect everyone in them."""
    from lkapi.cli.items import confirm, for_each
    from lkapi.methods.room import DELETE_ROOM

    if bool(names) == every:
        raise click.UsageError("name the rooms to delete, or give --all")
    if every and session.options.curl:
        raise click.UsageError("--curl sends nothing, so --all finds no rooms: name them")
    missing_ok = which.pop("missing_ok")
    if not every and (which["older_than"] or which["empty"]):
        raise click.UsageError("--older-than and --empty go with --all")
    chosen = _chosen(session, **which) if every else list(names)
    if not chosen:
        session.note("There are no such rooms.")
        return
    what = f"the room {chosen[0]!r}" if len(chosen) == 1 else f"{len(chosen)} rooms"
    confirm(session, f"Delete {what} and disconnect everyone in there?", yes=yes)

    def end(name: str) -> None:
        if session.options.curl:
            session.call(DELETE_ROOM, DELETE_ROOM.request(room=name))
        session.client.room.delete_room(room=name, missing_ok=missing_ok)

    for_each(session, chosen, end, done="deleted")


def _chosen(session: Session, older_than: str | None, empty: bool) -> list[str]:
    import datetime as dt

    from lkapi.cli.flags.types import DurationType

    rooms = session.client.room.list_rooms().rooms
    if older_than:
        age = DurationType().convert(older_than, None, None)
        limit = dt.datetime.now(dt.timezone.utc) - age
        rooms = [r for r in rooms if r.created_time is not None and r.created_time < limit]
    return [room.name for room in rooms if not (empty and room.num_participants)]


group.add_command(
    RowCommand(
        "send-data",
        "room.SEND_DATA",
        arguments=("room", "data"),
        required=("room", "data"),
        skip=("nonce",),
        names={
            "destination_identities": "--to",
            "destination_sids": "--to-sid",
        },
        done="Sent to {room}.",
        help="Send data to everyone in a room, or to some. DATA may be text, @FILE or -.",
        examples=[
            "lkapi room send-data demo 'hello' --topic chat",
            "lkapi room send-data demo hello --to ann --kind reliable",
        ],
    )
)
