"""The rows of the Connector service: WhatsApp and Twilio calls into rooms.

LiveKit Cloud only. Each of them acts on a live call, so none is retried if the server may have
acted. ``roomCreate`` alone is needed: the token names no room, and the server compares none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
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
    from lkapi.message import Message

ANSWER_SECONDS: Final = 30.0
"""Seconds that a call which waits for the callee may take, unless its ringing time is longer."""
_MARGIN_SECONDS = 2.0

_CREATE = Needs.of(video={"roomCreate": True})


def _create(_: Message) -> Needs:
    return _CREATE


def _accept_seconds(request: AcceptWhatsAppCallRequest) -> float | None:
    """With ``wait_until_answered``: 30 s, or ``ringing_timeout`` plus 2 s if that is longer."""
    if not request.wait_until_answered:
        return None
    rings = request.ringing_timeout
    return max(ANSWER_SECONDS, rings.total_seconds() + _MARGIN_SECONDS) if rings else ANSWER_SECONDS


def _connect_seconds(request: ConnectWhatsAppCallRequest) -> float | None:
    """With ``wait_until_answered``: 30 s."""
    return ANSWER_SECONDS if request.wait_until_answered else None


DIAL_WHATSAPP_CALL: Final = MethodInfo(
    service="Connector",
    name="DialWhatsAppCall",
    request=DialWhatsAppCallRequest,
    response=DialWhatsAppCallResponse,
    needs=_create,
    idempotency=Idempotency.UNSAFE,
    cloud_only=True,
    old_keyword="request",
)
DISCONNECT_WHATSAPP_CALL: Final = MethodInfo(
    service="Connector",
    name="DisconnectWhatsAppCall",
    request=DisconnectWhatsAppCallRequest,
    response=DisconnectWhatsAppCallResponse,
    needs=_create,
    idempotency=Idempotency.UNSAFE,
    cloud_only=True,
    old_keyword="request",
)
CONNECT_WHATSAPP_CALL: Final = MethodInfo(
    service="Connector",
    name="ConnectWhatsAppCall",
    request=ConnectWhatsAppCallRequest,
    response=ConnectWhatsAppCallResponse,
    needs=_create,
    idempotency=Idempotency.UNSAFE,
    timeout=_connect_seconds,
    cloud_only=True,
    old_keyword="request",
)
ACCEPT_WHATSAPP_CALL: Final = MethodInfo(
    service="Connector",
    name="AcceptWhatsAppCall",
    request=AcceptWhatsAppCallRequest,
    response=AcceptWhatsAppCallResponse,
    needs=_create,
    idempotency=Idempotency.UNSAFE,
    timeout=_accept_seconds,
    cloud_only=True,
    old_keyword="request",
)
CONNECT_TWILIO_CALL: Final = MethodInfo(
    service="Connector",
    name="ConnectTwilioCall",
    request=ConnectTwilioCallRequest,
    response=ConnectTwilioCallResponse,
    needs=_create,
    idempotency=Idempotency.UNSAFE,
    cloud_only=True,
    old_keyword="request",
)
