"""The rows of the room service: rooms, the participants in them, data and RPC.

Grants are those that the server checks: deleting needs ``roomCreate``, moving needs a second room.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.models import ParticipantInfo, Room
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
    PerformRpcRequest,
    PerformRpcResponse,
    RemoveParticipantResponse,
    RoomParticipantIdentity,
    SendDataRequest,
    SendDataResponse,
    UpdateParticipantRequest,
    UpdateRoomMetadataRequest,
    UpdateSubscriptionsRequest,
    UpdateSubscriptionsResponse,
)

if TYPE_CHECKING:
    from lkapi.message import Message

EGRESS_SECONDS: Final = 30.0
"""Seconds for creating a room with egress: a recorded server without an egress worker took 10 s."""
DEFAULT_RPC_SECONDS: Final = 10.0
"""Seconds that the server waits for the response to an RPC by default."""
RPC_MARGIN_SECONDS: Final = 5.0
"""Seconds that an RPC needs beyond the time its handler has."""
NONCE_BYTES: Final = 16

_CREATE = Needs.of(video={"roomCreate": True})
_LIST = Needs.of(video={"roomList": True})


class _InRoom(Protocol):
    @property
    def room(self) -> str: ...


class _BetweenRooms(_InRoom, Protocol):
    @property
    def destination_room(self) -> str: ...


def _create(_: Message) -> Needs:
    return _CREATE


def _list(_: Message) -> Needs:
    return _LIST


def _admin(request: _InRoom) -> Needs:
    return Needs((("video", (("roomAdmin", True), ("room", request.room))),))


def _admin_of_both(request: _BetweenRooms) -> Needs:
    flags: dict[str, bool | str] = {
        "roomAdmin": True,
        "room": request.room,
        "destinationRoom": request.destination_room,
    }
    return Needs.of(video=flags)


def _creation(request: CreateRoomRequest) -> float | None:
    """With ``egress``: 30 s."""
    return EGRESS_SECONDS if request.egress is not None else None


def _rpc(request: PerformRpcRequest) -> float:
    """``response_timeout_ms`` (10 s unless set) plus 5 s."""
    return (request.response_timeout_ms / 1000 or DEFAULT_RPC_SECONDS) + RPC_MARGIN_SECONDS


def _with_nonce(request: SendDataRequest) -> SendDataRequest:
    """Adds a nonce: data sent twice with the same nonce is delivered once (recorded)."""
    return request if request.nonce else request.copy(nonce=os.urandom(NONCE_BYTES))


CREATE_ROOM: Final = MethodInfo(
    service="RoomService",
    name="CreateRoom",
    request=CreateRoomRequest,
    response=Room,
    needs=_create,
    idempotency=Idempotency.SAFE,
    timeout=_creation,
    old_keyword="create",
)
LIST_ROOMS: Final = MethodInfo(
    service="RoomService",
    name="ListRooms",
    request=ListRoomsRequest,
    response=ListRoomsResponse,
    needs=_list,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
DELETE_ROOM: Final = MethodInfo(
    service="RoomService",
    name="DeleteRoom",
    request=DeleteRoomRequest,
    response=DeleteRoomResponse,
    needs=_create,
    idempotency=Idempotency.SAFE,
    deletes=True,
    old_keyword="delete",
)
LIST_PARTICIPANTS: Final = MethodInfo(
    service="RoomService",
    name="ListParticipants",
    request=ListParticipantsRequest,
    response=ListParticipantsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="list",
)
GET_PARTICIPANT: Final = MethodInfo(
    service="RoomService",
    name="GetParticipant",
    request=RoomParticipantIdentity,
    response=ParticipantInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="get",
)
REMOVE_PARTICIPANT: Final = MethodInfo(
    service="RoomService",
    name="RemoveParticipant",
    request=RoomParticipantIdentity,
    response=RemoveParticipantResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
    old_keyword="remove",
)
MUTE_PUBLISHED_TRACK: Final = MethodInfo(
    service="RoomService",
    name="MutePublishedTrack",
    request=MuteRoomTrackRequest,
    response=MuteRoomTrackResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
UPDATE_PARTICIPANT: Final = MethodInfo(
    service="RoomService",
    name="UpdateParticipant",
    request=UpdateParticipantRequest,
    response=ParticipantInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
UPDATE_SUBSCRIPTIONS: Final = MethodInfo(
    service="RoomService",
    name="UpdateSubscriptions",
    request=UpdateSubscriptionsRequest,
    response=UpdateSubscriptionsResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
SEND_DATA: Final = MethodInfo(
    service="RoomService",
    name="SendData",
    request=SendDataRequest,
    response=SendDataResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    prepare=_with_nonce,
    old_keyword="send",
)
UPDATE_ROOM_METADATA: Final = MethodInfo(
    service="RoomService",
    name="UpdateRoomMetadata",
    request=UpdateRoomMetadataRequest,
    response=Room,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
FORWARD_PARTICIPANT: Final = MethodInfo(
    service="RoomService",
    name="ForwardParticipant",
    request=ForwardParticipantRequest,
    response=ForwardParticipantResponse,
    needs=_admin_of_both,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
    old_keyword="forward",
)
MOVE_PARTICIPANT: Final = MethodInfo(
    service="RoomService",
    name="MoveParticipant",
    request=MoveParticipantRequest,
    response=MoveParticipantResponse,
    needs=_admin_of_both,
    idempotency=Idempotency.KEYED,
    cloud_only=True,
    old_keyword="move",
)
PERFORM_RPC: Final = MethodInfo(
    service="RoomService",
    name="PerformRpc",
    request=PerformRpcRequest,
    response=PerformRpcResponse,
    needs=_admin,
    idempotency=Idempotency.UNSAFE,
    timeout=_rpc,
)
