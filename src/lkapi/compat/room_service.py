"""What ``livekit.api.room_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import VideoGrants
from lkapi.protocol.models import (
    ParticipantInfo,
    Room,
)
from lkapi.protocol.room import (
    CreateRoomRequest,
    DeleteRoomRequest,
    DeleteRoomResponse,
    ForwardParticipantRequest,
    ForwardParticipantResponse,
    ListParticipantsRequest,
    ListParticipantsResponse,
    ListRoomsRequest,
    ListRoomsResponse,
    MoveParticipantRequest,
    MoveParticipantResponse,
    MuteRoomTrackRequest,
    MuteRoomTrackResponse,
    RemoveParticipantResponse,
    RoomParticipantIdentity,
    SendDataRequest,
    SendDataResponse,
    UpdateParticipantRequest,
    UpdateRoomMetadataRequest,
    UpdateSubscriptionsRequest,
    UpdateSubscriptionsResponse,
)
from lkapi.services._base import Service
from lkapi.services.room import RoomService

__all__ = [
    "SVC",
    "CreateRoomRequest",
    "DeleteRoomRequest",
    "DeleteRoomResponse",
    "ForwardParticipantRequest",
    "ForwardParticipantResponse",
    "ListParticipantsRequest",
    "ListParticipantsResponse",
    "ListRoomsRequest",
    "ListRoomsResponse",
    "MoveParticipantRequest",
    "MoveParticipantResponse",
    "MuteRoomTrackRequest",
    "MuteRoomTrackResponse",
    "ParticipantInfo",
    "RemoveParticipantResponse",
    "Room",
    "RoomParticipantIdentity",
    "RoomService",
    "SendDataRequest",
    "SendDataResponse",
    "Service",
    "UpdateParticipantRequest",
    "UpdateRoomMetadataRequest",
    "UpdateSubscriptionsRequest",
    "UpdateSubscriptionsResponse",
    "VideoGrants",
]

SVC: Final = "RoomService"
"""Name of the service on the wire."""
