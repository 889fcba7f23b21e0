"""What ``livekit.api.connector_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import VideoGrants
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
from lkapi.services._base import Service
from lkapi.services.connector import ConnectorService

__all__ = [
    "DEFAULT_RINGING_TIMEOUT",
    "SVC",
    "AcceptWhatsAppCallRequest",
    "AcceptWhatsAppCallResponse",
    "ConnectTwilioCallRequest",
    "ConnectTwilioCallResponse",
    "ConnectWhatsAppCallRequest",
    "ConnectWhatsAppCallResponse",
    "ConnectorService",
    "DialWhatsAppCallRequest",
    "DialWhatsAppCallResponse",
    "DisconnectWhatsAppCallRequest",
    "DisconnectWhatsAppCallResponse",
    "Service",
    "VideoGrants",
]

SVC: Final = "Connector"
"""Name of the service on the wire."""
DEFAULT_RINGING_TIMEOUT: Final = 30.0
"""Seconds that a call rings by default."""
