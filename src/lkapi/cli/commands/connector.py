"""``lkapi connector``: WhatsApp and Twilio calls of LiveKit Cloud."""

from __future__ import annotations

from typing import Final

from lkapi.cli.groups import Group
from lkapi.cli.rows import RowCommand

__all__ = ["group"]

group = Group("connector", help="WhatsApp and Twilio calls (LiveKit Cloud).")
whatsapp = Group("whatsapp", help="WhatsApp calls.")
twilio = Group("twilio", help="Twilio calls.")
group.add_command(whatsapp)
group.add_command(twilio)

_NAMES: Final = {
    "whatsapp_phone_number_id": "--phone-number-id",
    "whatsapp_to_phone_number": "--to",
    "whatsapp_api_key": "--whatsapp-key",
    "whatsapp_cloud_api_version": "--api-version",
    "whatsapp_biz_opaque_callback_data": "--callback-data",
    "whatsapp_call_id": "--call-id",
    "disconnect_reason": "--reason",
    "wait_until_answered": "--wait",
    "room_name": "--room",
    "participant_identity": "--identity",
    "participant_name": "--name",
    "participant_metadata": "--metadata",
    "participant_attributes": "--attributes",
    "twilio_call_direction": "--direction",
}

whatsapp.add_command(
    RowCommand(
        "dial",
        "connector.DIAL_WHATSAPP_CALL",
        arguments=("whatsapp_to_phone_number",),
        required=("whatsapp_to_phone_number", "whatsapp_phone_number_id", "whatsapp_api_key"),
        names=_NAMES,
        key="whatsapp_call_id",
        waits="dialling",
        help="Call somebody on WhatsApp.",
        examples=[
            (
                "lkapi connector whatsapp dial +15105550100 --phone-number-id 1234567890 "
                "--whatsapp-key $WHATSAPP_KEY --api-version 23.0 --room demo"
            )
        ],
    )
)

whatsapp.add_command(
    RowCommand(
        "accept",
        "connector.ACCEPT_WHATSAPP_CALL",
        arguments=("whatsapp_call_id",),
        required=("whatsapp_call_id", "sdp"),
        names=_NAMES,
        key="room_name",
        waits="answering",
        help="Accept a call from WhatsApp, with the SDP offer of its webhook.",
        examples=[
            (
                "lkapi connector whatsapp accept wacid.example --phone-number-id 1234567890 "
                "--whatsapp-key $WHATSAPP_KEY --api-version 23.0 --room demo "
                """--sdp '{"type": "offer", "sdp": "v=0"}'"""
            )
        ],
    )
)

whatsapp.add_command(
    RowCommand(
        "connect",
        "connector.CONNECT_WHATSAPP_CALL",
        arguments=("whatsapp_call_id",),
        required=("whatsapp_call_id", "sdp"),
        names=_NAMES,
        done="Connected.",
        help="Connect a call that was dialled, with the SDP answer of its webhook.",
        examples=[
            (
                "lkapi connector whatsapp connect $WHATSAPP_CALL "
                """--sdp '{"type": "answer", "sdp": "v=0"}'"""
            )
        ],
    )
)

whatsapp.add_command(
    RowCommand(
        "disconnect",
        "connector.DISCONNECT_WHATSAPP_CALL",
        arguments=("whatsapp_call_id",),
        required=("whatsapp_call_id",),
        names=_NAMES,
        question="End the call {whatsapp_call_id}?",
        done="Ended.",
        help="End a WhatsApp call.",
        examples=[
            "lkapi connector whatsapp disconnect $WHATSAPP_CALL --whatsapp-key $WHATSAPP_KEY --yes"
        ],
    )
)

twilio.add_command(
    RowCommand(
        "connect",
        "connector.CONNECT_TWILIO_CALL",
        required=("room_name",),
        names=_NAMES,
        key="connect_url",
        help="Get the address that a Twilio call streams to.",
        examples=[
            "lkapi connector twilio connect --room demo --identity phone --direction inbound"
        ],
    )
)
