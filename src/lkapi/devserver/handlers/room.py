"""RoomService: the calls that concern a room as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.errors import room_not_found
from lkapi.devserver.rooms.limits import check_attributes, check_metadata
from lkapi.methods.room import CREATE_ROOM, DELETE_ROOM, LIST_ROOMS, UPDATE_ROOM_METADATA
from lkapi.protocol.room import (
    CreateRoomRequest,
    DeleteRoomRequest,
    DeleteRoomResponse,
    ListRoomsRequest,
    ListRoomsResponse,
    UpdateRoomMetadataRequest,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.protocol.models import Room

EGRESS_WAIT = 10.0
"""Seconds that the server looks for an egress worker before it returns the room without egress."""


@handles(CREATE_ROOM)
def create_room(call: Call, request: CreateRoomRequest) -> Room:
    """Create a room; one that exists is returned unchanged."""
    check_metadata(request.metadata)
    for agent in request.agents:
        check_metadata(agent.metadata)
        check_attributes(agent.attributes)
    room, created = call.world.create_room(request)
    if created and not call.world.config.has_egress and _wants_room_egress(request):
        call.wait(EGRESS_WAIT)
    return call.world.show_room(room)


def _wants_room_egress(request: CreateRoomRequest) -> bool:
    return request.egress is not None and request.egress.room is not None


@handles(LIST_ROOMS)
def list_rooms(call: Call, request: ListRoomsRequest) -> ListRoomsResponse:
    """All rooms, or those named in the request, in its order and as often as they are named."""
    rooms = call.world.rooms
    names = request.names or list(rooms)
    return ListRoomsResponse(rooms=[call.world.show_room(rooms[n]) for n in names if n in rooms])


@handles(DELETE_ROOM)
def delete_room(call: Call, request: DeleteRoomRequest) -> DeleteRoomResponse:
    """Close a room and disconnect everyone in it."""
    call.world.settle()
    if not call.world.close_room(request.room):
        raise room_not_found()
    return DeleteRoomResponse()


def _check_room_metadata(request: UpdateRoomMetadataRequest) -> None:
    check_metadata(request.metadata)


@handles(UPDATE_ROOM_METADATA, check_before_grants=_check_room_metadata)
def update_room_metadata(call: Call, request: UpdateRoomMetadataRequest) -> Room:
    """Set the metadata; participants see it at once."""
    room = call.world.find_room(request.room)
    if room is None:
        raise room_not_found()
    room.info.metadata = request.metadata
    for participant in room.participants.values():
        participant.room_metadata = request.metadata
    room.count(call.world.clock.now())
    return call.world.show_room(room)
