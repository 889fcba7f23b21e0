"""``lkapi sip inbound`` and ``lkapi sip outbound``: trunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.cli.deleting import delete_command
from lkapi.cli.groups import Group
from lkapi.cli.rows import ListCommand, RowCommand

if TYPE_CHECKING:
    from lkapi.cli.output.tables import Table

__all__ = ["inbound", "outbound"]

inbound = Group("inbound", help="Inbound trunks, for incoming calls.")
outbound = Group("outbound", help="Outbound trunks, for outgoing calls.")

_KEPT: Final = ("sip_trunk_id", "created_at", "updated_at")
"""What the server sets."""
_LIST_NAMES: Final = {"trunk_ids": "--id", "numbers": "--number"}


def _inbound_table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "sip_trunk_id",
        Column("id", "sip_trunk_id", whole=True),
        Column("name", "name"),
        Column("numbers", "numbers"),
        Column("allowed numbers", "allowed_numbers", wide=True),
        Column("allowed addresses", "allowed_addresses", wide=True),
        Column("user", "auth_username"),
        Column("encryption", "media_encryption", wide=True),
        empty="There are no inbound trunks.",
    )


def _outbound_table() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "sip_trunk_id",
        Column("id", "sip_trunk_id", whole=True),
        Column("name", "name"),
        Column("address", "address"),
        Column("transport", "transport"),
        Column("numbers", "numbers"),
        Column("user", "auth_username", wide=True),
        Column("country", "destination_country", wide=True),
        empty="There are no outbound trunks.",
    )


inbound.add_command(
    ListCommand(
        "list",
        "sip.LIST_SIP_INBOUND_TRUNK",
        items="items",
        table=_inbound_table,
        pager="sip.iter_inbound_trunk",
        skip=("page",),
        names=_LIST_NAMES,
        help="List inbound trunks.",
        examples=["lkapi sip inbound list", "lkapi sip inbound list --number +15105550100"],
    )
)

outbound.add_command(
    ListCommand(
        "list",
        "sip.LIST_SIP_OUTBOUND_TRUNK",
        items="items",
        table=_outbound_table,
        pager="sip.iter_outbound_trunk",
        skip=("page",),
        names=_LIST_NAMES,
        help="List outbound trunks.",
        examples=["lkapi sip outbound list", "lkapi sip outbound list --json"],
    )
)

inbound.add_command(
    RowCommand(
        "create",
        "sip.CREATE_SIP_INBOUND_TRUNK",
        inside=("trunk",),
        skip=_KEPT,
        key="sip_trunk_id",
        help="Create an inbound trunk.",
        examples=[
            "lkapi sip inbound create --name desk --numbers +15105550199 --krisp-enabled",
            (
                "lkapi sip inbound create --name office --numbers +15105550198 "
                "--allowed-numbers +15105550150"
            ),
        ],
    )
)

outbound.add_command(
    RowCommand(
        "create",
        "sip.CREATE_SIP_OUTBOUND_TRUNK",
        inside=("trunk",),
        skip=_KEPT,
        key="sip_trunk_id",
        help="Create an outbound trunk.",
        examples=[
            (
                "lkapi sip outbound create --name carrier --address sip.example.com "
                "--numbers +15105550120 --transport tls"
            )
        ],
    )
)

for _group, _kind, _variable in (
    (inbound, "INBOUND", "$INBOUND"),
    (outbound, "OUTBOUND", "$OUTBOUND"),
):
    _noun = _kind.lower()
    _group.add_command(
        RowCommand(
            "get",
            f"sip.GET_SIP_{_kind}_TRUNK",
            arguments=("sip_trunk_id",),
            required=("sip_trunk_id",),
            part="trunk",
            key="sip_trunk_id",
            help=f"Show an {_noun} trunk.",
            examples=[f"lkapi sip {_noun} get {_variable}"],
        )
    )
    _group.add_command(
        RowCommand(
            "update",
            f"sip.UPDATE_SIP_{_kind}_TRUNK",
            arguments=("sip_trunk_id",),
            required=("sip_trunk_id",),
            inside=("update",),
            key="sip_trunk_id",
            help=f"Change an {_noun} trunk; what is not given stays.",
            examples=[f"lkapi sip {_noun} update {_variable} --add-numbers +15105550177"],
        )
    )
    _group.add_command(
        delete_command(
            "sip.DELETE_SIP_TRUNK",
            field="sip_trunk_id",
            noun="trunk",
            help=f"Delete {_noun} trunks.",
            examples=[f"lkapi sip {_noun} delete {_variable} --yes"],
        )
    )
