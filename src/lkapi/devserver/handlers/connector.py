"""Connector: WhatsApp and Twilio calls into rooms; LiveKit Cloud only.

The real service's errors are not recorded: these are for fields without which no call can be made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.telephony.sip_checks import invalid_argument
from lkapi.methods.connector import (
    ACCEPT_WHATSAPP_CALL,
    CONNECT_TWILIO_CALL,
    CONNECT_WHATSAPP_CALL,
    DIAL_WHATSAPP_CALL,
    DISCONNECT_WHATSAPP_CALL,
)
from lkapi.protocol.connector_twilio import (
    ConnectTwilioCallRequest,
    ConnectTwilioCallResponse,
)
from lkapi.protocol.connector_whatsapp import (
    AcceptWhatsAppCallRequest,
    AcceptWhatsAppCallResponse,
    ConnectWhatsAppCallRequest,
    ConnectWhatsAppCallResponse,
    DialWhatsAppCallRequest,
    DialWhatsAppCallResponse,
    DisconnectWhatsAppCallRequest,
    DisconnectWhatsAppCallResponse,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call


def _require(request: Any, *names: str) -> None:
    for name in names:
        if not getattr(request, name):
            raise invalid_argument(f"missing {name}")


@handles(DIAL_WHATSAPP_CALL)
def dial_whatsapp(call: Call, request: DialWhatsAppCallRequest) -> DialWhatsAppCallResponse:
    """Begin a call; it is connected when WhatsApp's SDP comes."""
    _require(
        request,
        *("whatsapp_phone_number_id", "whatsapp_to_phone_number", "whatsapp_api_key"),
        "whatsapp_cloud_api_version",
    )
    call_id = call.world.ids.make("wacid.", 24)
    opened = call.world.connectors.open("whatsapp", call_id, request)
    return DialWhatsAppCallResponse(whatsapp_call_id=call_id, room_name=opened.room_name)


@handles(CONNECT_WHATSAPP_CALL)
def connect_whatsapp(
    call: Call, request: ConnectWhatsAppCallRequest
) -> ConnectWhatsAppCallResponse:
    """Let the callee of a dialled call join the room."""
    _require(request, "whatsapp_call_id", "sdp")
    call.world.connectors.connect(request.whatsapp_call_id)
    return ConnectWhatsAppCallResponse()


@handles(ACCEPT_WHATSAPP_CALL)
def accept_whatsapp(call: Call, request: AcceptWhatsAppCallRequest) -> AcceptWhatsAppCallResponse:
    """Accept a call of a WhatsApp user, who is in the room at once."""
    _require(
        request,
        *("whatsapp_phone_number_id", "whatsapp_api_key", "whatsapp_cloud_api_version"),
        *("whatsapp_call_id", "sdp"),
    )
    opened = call.world.connectors.open("whatsapp", request.whatsapp_call_id, request)
    call.world.connectors.connect(opened.call_id)
    return AcceptWhatsAppCallResponse(room_name=opened.room_name)


@handles(DISCONNECT_WHATSAPP_CALL)
def disconnect_whatsapp(
    call: Call, request: DisconnectWhatsAppCallRequest
) -> DisconnectWhatsAppCallResponse:
    """End a call."""
    _require(request, "whatsapp_call_id", "whatsapp_api_key")
    call.world.connectors.disconnect(request.whatsapp_call_id)
    return DisconnectWhatsAppCallResponse()


@handles(CONNECT_TWILIO_CALL)
def connect_twilio(call: Call, request: ConnectTwilioCallRequest) -> ConnectTwilioCallResponse:
    """A URL for Twilio to stream a call to; nothing listens there."""
    _require(request, "room_name")
    url = f"wss://twilio.connector.invalid/{call.world.ids.make('', 24)}"
    call.world.connectors.open("twilio", url, request)
    return ConnectTwilioCallResponse(connect_url=url)
