"""What ``livekit.api.egress_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import VideoGrants
from lkapi.protocol.egress import (
    EgressInfo,
    ListEgressRequest,
    ListEgressResponse,
    ParticipantEgressRequest,
    RoomCompositeEgressRequest,
    StartEgressRequest,
    StopEgressRequest,
    TrackCompositeEgressRequest,
    TrackEgressRequest,
    UpdateLayoutRequest,
    UpdateStreamRequest,
    WebEgressRequest,
)
from lkapi.services._base import Service
from lkapi.services.egress import EgressService

__all__ = [
    "SVC",
    "EgressInfo",
    "EgressService",
    "ListEgressRequest",
    "ListEgressResponse",
    "ParticipantEgressRequest",
    "RoomCompositeEgressRequest",
    "Service",
    "StartEgressRequest",
    "StopEgressRequest",
    "TrackCompositeEgressRequest",
    "TrackEgressRequest",
    "UpdateLayoutRequest",
    "UpdateStreamRequest",
    "VideoGrants",
    "WebEgressRequest",
]

SVC: Final = "Egress"
"""Name of the service on the wire."""
