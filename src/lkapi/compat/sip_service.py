"""What ``livekit.api.sip_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import (
    SIPGrants,
    VideoGrants,
)
from lkapi.errors import (
    ServerError,
    SipCallError,
)
from lkapi.protocol.models import ListUpdate
from lkapi.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    CreateSIPInboundTrunkRequest,
    CreateSIPOutboundTrunkRequest,
    CreateSIPParticipantRequest,
    DeleteSIPDispatchRuleRequest,
    DeleteSIPTrunkRequest,
    ListSIPDispatchRuleRequest,
    ListSIPDispatchRuleResponse,
    ListSIPInboundTrunkRequest,
    ListSIPInboundTrunkResponse,
    ListSIPOutboundTrunkRequest,
    ListSIPOutboundTrunkResponse,
    SIPDispatchRule,
    SIPDispatchRuleInfo,
    SIPDispatchRuleUpdate,
    SIPInboundTrunkInfo,
    SIPInboundTrunkUpdate,
    SIPMediaConfig,
    SIPOutboundConfig,
    SIPOutboundTrunkInfo,
    SIPOutboundTrunkUpdate,
    SIPParticipantInfo,
    SIPTransport,
    SIPTrunkInfo,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
    UpdateSIPDispatchRuleRequest,
    UpdateSIPInboundTrunkRequest,
    UpdateSIPOutboundTrunkRequest,
)
from lkapi.services._base import Service
from lkapi.services.sip import SipService

__all__ = [
    "SVC",
    "CreateSIPDispatchRuleRequest",
    "CreateSIPInboundTrunkRequest",
    "CreateSIPOutboundTrunkRequest",
    "CreateSIPParticipantRequest",
    "DeleteSIPDispatchRuleRequest",
    "DeleteSIPTrunkRequest",
    "ListSIPDispatchRuleRequest",
    "ListSIPDispatchRuleResponse",
    "ListSIPInboundTrunkRequest",
    "ListSIPInboundTrunkResponse",
    "ListSIPOutboundTrunkRequest",
    "ListSIPOutboundTrunkResponse",
    "ListUpdate",
    "SIPDispatchRule",
    "SIPDispatchRuleInfo",
    "SIPDispatchRuleUpdate",
    "SIPGrants",
    "SIPInboundTrunkInfo",
    "SIPInboundTrunkUpdate",
    "SIPMediaConfig",
    "SIPOutboundConfig",
    "SIPOutboundTrunkInfo",
    "SIPOutboundTrunkUpdate",
    "SIPParticipantInfo",
    "SIPTransport",
    "SIPTrunkInfo",
    "ServerError",
    "Service",
    "SipCallError",
    "SipService",
    "TransferSIPParticipantRequest",
    "TransferSIPParticipantResponse",
    "UpdateSIPDispatchRuleRequest",
    "UpdateSIPInboundTrunkRequest",
    "UpdateSIPOutboundTrunkRequest",
    "VideoGrants",
]

SVC: Final = "SIP"
"""Name of the service on the wire."""
