"""``lkapi sip``: phone calls, and what routes them."""

from __future__ import annotations

from lkapi.cli.commands.sip_rules import rule
from lkapi.cli.commands.sip_trunks import inbound, outbound
from lkapi.cli.groups import Group
from lkapi.cli.rows import RowCommand

__all__ = ["group"]

group = Group("sip", help="Phone calls: trunks, dispatch rules, calling, transferring.")

for _part in (inbound, outbound, rule):
    group.add_command(_part)

group.add_command(
    RowCommand(
        "call",
        "sip.CREATE_SIP_PARTICIPANT",
        arguments=("sip_call_to",),
        required=("sip_call_to", "room_name"),
        names={
            "sip_trunk_id": "--trunk",
            "trunk": "--trunk-config",
            "room_name": "--room",
            "participant_identity": "--identity",
            "participant_name": "--name",
            "participant_metadata": "--metadata",
            "participant_attributes": "--attributes",
            "sip_number": "--from",
            "wait_until_answered": "--wait",
        },
        key="sip_call_id",
        waits="dialling",
        help="Call a phone number, and put the callee into a room.",
        examples=[
            "lkapi sip call +15105550100 --trunk $OUTBOUND --room demo --identity phone",
            "lkapi sip call +15105550101 --trunk $OUTBOUND --room demo --wait",
        ],
    )
)

group.add_command(
    RowCommand(
        "transfer",
        "sip.TRANSFER_SIP_PARTICIPANT",
        arguments=("room_name", "participant_identity", "transfer_to"),
        required=("room_name", "participant_identity", "transfer_to"),
        key="transfer_id",
        waits="transferring",
        done="Transferred {participant_identity} to {transfer_to}.",
        help="Transfer a phone call to another number (tel:+1...) or SIP address.",
        examples=["lkapi sip transfer demo phone tel:+15105550102"],
    )
)
