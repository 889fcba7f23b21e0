"""What ``livekit.api.livekit_api`` offers, under the same names."""

from __future__ import annotations

from lkapi.client import LiveKitAPI
from lkapi.services.agent_dispatch import AgentDispatchService
from lkapi.services.connector import ConnectorService
from lkapi.services.egress import EgressService
from lkapi.services.ingress import IngressService
from lkapi.services.room import RoomService
from lkapi.services.sip import SipService

__all__ = [
    "AgentDispatchService",
    "ConnectorService",
    "EgressService",
    "IngressService",
    "LiveKitAPI",
    "RoomService",
    "SipService",
]
