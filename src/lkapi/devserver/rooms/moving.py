"""Move and Forward, which only LiveKit Cloud has: no recording exists, just the documented effect.

A moved participant leaves one room and is in the other; a forwarded one is shown in both, its copy
marked FORWARDED, until it leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.protocol.models import DisconnectReason, ParticipantInfo
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_state import RoomState

__all__ = ["forward", "move"]


def move(participant: SimulatedParticipant, destination: str) -> None:
    """Take a participant, tracks and all, to a room that is opened if need be."""
    world, source = participant.world, participant.room
    target = _make_place(participant, destination)
    del source.participants[participant.identity]
    source.left_at = world.clock.now()
    source.set_recording()
    world.events.participant("participant_left", participant)
    participant.room = target
    participant.room_metadata = target.info.metadata
    target.participants[participant.identity] = participant
    target.set_recording()
    if participant.active:
        world.events.participant("participant_joined", participant)


def forward(participant: SimulatedParticipant, destination: str) -> None:
    """Show a participant in a second room, which is opened if need be."""
    target = _make_place(participant, destination)
    world = participant.world
    details = [*participant.info.kind_details, ParticipantInfo.KindDetail.FORWARDED]
    info = participant.info.copy(sid=world.ids.make("PA_"), kind_details=details)
    copy = type(participant)(
        world=world,
        room=target,
        claims=participant.claims,
        info=info,
        response=participant.response,
        room_metadata=target.info.metadata,
    )
    target.participants[copy.identity] = copy
    participant.copies.append(copy)
    if copy.active:
        world.events.participant("participant_joined", copy)


def _make_place(participant: SimulatedParticipant, destination: str) -> RoomState:
    world = participant.world
    room, _ = world.create_room(CreateRoomRequest(name=destination))
    before = room.participants.get(participant.identity)
    if before is not None:
        world.disconnect(before, DisconnectReason.DUPLICATE_IDENTITY)
    return room
