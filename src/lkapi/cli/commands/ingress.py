"""``lkapi ingress``: media from outside into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.deleting import delete_command
from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["group"]

group = Group("ingress", help="Bring media from outside into rooms.")


def _table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "ingress_id",
        Column("id", "ingress_id", whole=True),
        Column("name", "name"),
        Column("input", "input_type"),
        Column("status", "state.status"),
        Column("room", "room_name"),
        Column("identity", "participant_identity"),
        Column("started", "state.started_time", wide=True),
        Column("error", "state.error", wide=True),
        empty="There are no ingresses.",
    )


group.add_command(
    ListCommand(
        "list",
        "ingress.LIST_INGRESS",
        items="items",
        table=_table,
        pager="ingress.iter_ingress",
        skip=("page_token",),
        names={"room_name": "--room", "ingress_id": "--id"},
        help="List ingresses.",
        examples=["lkapi ingress list", "lkapi ingress list --room demo --json"],
    )
)

_NAMES = {
    "room_name": "--room",
    "participant_identity": "--identity",
    "participant_name": "--participant-name",
    "url": "--source-url",
}

group.add_command(
    RowCommand(
        "create",
        "ingress.CREATE_INGRESS",
        required=("room_name", "participant_identity"),
        names=_NAMES,
        key="ingress_id",
        help="Create an ingress: an address to stream to, or a url to play.",
        examples=[
            "lkapi ingress create --input-type rtmp --name studio --room demo --identity camera",
            (
                "lkapi ingress create --input-type url --source-url https://example.com/movie.mp4 "
                "--room demo --identity movie"
            ),
        ],
    )
)

group.add_command(
    RowCommand(
        "update",
        "ingress.UPDATE_INGRESS",
        arguments=("ingress_id",),
        required=("ingress_id",),
        names=_NAMES,
        key="ingress_id",
        help="Change an ingress; what is not given stays.",
        examples=["lkapi ingress update $INGRESS --name stage"],
    )
)

group.add_command(
    delete_command(
        "ingress.DELETE_INGRESS",
        field="ingress_id",
        noun="ingress",
        help="Delete ingresses; what streams to them is disconnected.",
        examples=["lkapi ingress delete $INGRESS --yes"],
    )
)
