"""Move and Forward, which only LiveKit Cloud has: not recorded, but as documented.

A moved participant leaves one room and is then in the other. A forwarded one is shown in both, with
its copy marked FORWARDED, until it leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.rooms.participants import SimulatedParticipant
from lkapi.protocol.models import DisconnectReason, ParticipantInfo
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.rooms.room_state import RoomState

__all__ = ["forward", "move"]


def move(rooms: RoomManager, participant: SimulatedParticipant, destination: str) -> None:
    """Move a participant with its tracks to a room, which is created if it does not exist."""
    target = _open_room_for(rooms, participant, destination)
    participant.room.remove(participant, rooms.runtime.clock.now())
    rooms.emit_participant("participant_left", participant)
    participant.room = target
    participant.room_metadata = target.info.metadata
    target.add(participant)
    if participant.active:
        rooms.emit_participant("participant_joined", participant)


def forward(rooms: RoomManager, participant: SimulatedParticipant, destination: str) -> None:
    """Show a participant in a second room, which is created if it does not exist."""
    target = _open_room_for(rooms, participant, destination)
    details = [*participant.info.kind_details, ParticipantInfo.KindDetail.FORWARDED]
    sid = rooms.runtime.ids.make("PA_")
    copy = SimulatedParticipant(
        runtime=rooms.runtime,
        host=rooms,
        room=target,
        claims=participant.claims,
        info=participant.info.copy(sid=sid, kind_details=details),
        response=participant.response,
        room_metadata=target.info.metadata,
    )
    target.participants[copy.identity] = copy
    participant.copies.append(copy)
    if copy.active:
        rooms.emit_participant("participant_joined", copy)


def _open_room_for(
    rooms: RoomManager, participant: SimulatedParticipant, destination: str
) -> RoomState:
    """The destination room; a participant with the same identity there is disconnected."""
    room, _ = rooms.create(CreateRoomRequest(name=destination))
    before = room.participants.get(participant.identity)
    if before is not None:
        rooms.disconnect(before, DisconnectReason.DUPLICATE_IDENTITY)
    return room
