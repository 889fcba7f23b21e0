"""``lkapi egress``: recording and streaming out of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.commands.egress_start import start
from lkapi.cli.deleting import delete_command
from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table
    from lkapi.protocol.egress import EgressInfo

__all__ = ["group"]

group = Group("egress", help="Record rooms, or stream them elsewhere.")
group.add_command(start)


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "egress_id",
        Column("id", "egress_id", whole=True),
        Column("room", "room_name"),
        Column("kind", _kind),
        Column("status", "status"),
        Column("started", "started_time"),
        Column("ended", "ended_time", wide=True),
        Column("output", _output),
        Column("error", "error", wide=True),
        empty="There are no egresses.",
    )


def _kind(info: EgressInfo) -> str | None:
    """The kind by the word of ``lkapi egress start``."""
    kind = info.which_oneof("request")
    words = {"room_composite": "room", "track_composite": "tracks", "egress": "any"}
    return words.get(kind or "", kind)


def _output(info: EgressInfo) -> list[str]:
    from lkapi.presentation.texts import show_bytes

    files = [
        f"{one.filename}, {show_bytes(one.size)}" if one.size else one.filename
        for one in info.file_results
    ]
    playlists = [one.playlist_name for one in info.segment_results]
    return [*files, *playlists, *(one.url for one in info.stream_results)]


group.add_command(
    ListCommand(
        "list",
        "egress.LIST_EGRESS",
        items="items",
        table=_table,
        pager="egress.iter_egress",
        skip=("page_token",),
        names={"room_name": "--room", "egress_id": "--id"},
        help="List egresses, also those that ended within the last day.",
        examples=[
            "lkapi egress list --active",
            "lkapi egress list --room demo --json",
            "lkapi egress list --watch --rounds 1",
        ],
    )
)


@group.command("get", short_help="Show one egress.", examples=["lkapi egress get $EGRESS"])
@click.argument("egress_id")
@pass_session
def get(session: Session, egress_id: str) -> None:
    """Show one egress."""
    from lkapi.methods.egress import LIST_EGRESS

    if session.options.curl:
        session.call(LIST_EGRESS, LIST_EGRESS.request(egress_id=egress_id))
    session.show(session.client.egress.get_egress(egress_id), key="egress_id")


group.add_command(
    delete_command(
        "egress.STOP_EGRESS",
        field="egress_id",
        noun="egress",
        name="stop",
        done="stopping",
        help="Stop egresses; their files are completed.",
        examples=["lkapi egress stop $EGRESS --yes"],
    )
)


@group.command(
    "wait",
    short_help="Wait until an egress is over.",
    examples=[
        "lkapi egress wait $EGRESS --until active --for 30s",
        "lkapi egress wait $ENDED_EGRESS --quiet",
    ],
)
@click.argument("egress_id")
@click.option("--until", metavar="STATUS", help="Wait for this status: active, ending, ...")
@click.option("--for", "limit", metavar="TIME", help="Give up after this time [never].")
@pass_session
def wait(session: Session, egress_id: str, until: str | None, limit: str | None) -> None:
    """Wait until an egress is over, or has a status.

    Exit code 1 if it failed, 9 if it has not happened in the time of --for.
    """
    from lkapi.cli.exit_codes import ExitCode
    from lkapi.cli.flags.types import DurationType
    from lkapi.cli.output.progress import waiting
    from lkapi.methods.egress import LIST_EGRESS
    from lkapi.presentation.enum_names import find_member, short_name
    from lkapi.protocol.egress import EgressStatus

    if session.options.curl:
        session.call(LIST_EGRESS, LIST_EGRESS.request(egress_id=egress_id))
    try:
        status: Any = find_member(EgressStatus, until) if until else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--until") from None
    seconds = DurationType().convert(limit, None, None) if limit else None
    with waiting(f"waiting for {egress_id}", quiet=session.options.quiet) as say:

        def reached(info: EgressInfo) -> bool:
            say(f"{egress_id} is {short_name(EgressStatus(info.status))}")
            return info.is_terminal if status is None else info.status == status

        found = session.client.egress.wait_egress(egress_id, until=reached, timeout=seconds)
    session.show(found, key="egress_id")
    if found.is_terminal and not found.succeeded:
        raise click.exceptions.Exit(int(ExitCode.FAILED))


group.add_command(
    RowCommand(
        "layout",
        "egress.UPDATE_LAYOUT",
        arguments=("egress_id", "layout"),
        required=("egress_id", "layout"),
        key="egress_id",
        help="Change the layout of a room composite.",
        examples=["lkapi egress layout $EGRESS speaker-dark"],
    )
)

group.add_command(
    RowCommand(
        "stream",
        "egress.UPDATE_STREAM",
        arguments=("egress_id",),
        required=("egress_id",),
        names={"add_output_urls": "--add", "remove_output_urls": "--remove"},
        key="egress_id",
        help="Add addresses that an egress streams to, or remove some.",
        examples=["lkapi egress stream $STREAM --add rtmp://backup.example.com/live/key2"],
    )
)
