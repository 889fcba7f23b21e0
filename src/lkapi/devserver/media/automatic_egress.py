"""Egress requests that the server makes itself, for the ``egress`` of a CreateRoom request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.protocol.egress import DirectFileOutput, ParticipantEgressRequest, TrackEgressRequest

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.protocol.egress import RoomCompositeEgressRequest
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["participant_request", "room_request", "track_request"]


def room_request(room: RoomState) -> RoomCompositeEgressRequest | None:
    """The request for a room that was opened."""
    egress = room.request.egress
    if egress is None or egress.room is None:
        return None
    return egress.room.copy(room_name=room.name)


def participant_request(event: WebhookEvent, room: RoomState) -> ParticipantEgressRequest | None:
    """The request for a participant who joined."""
    egress, participant = room.request.egress, _find_participant(event, room)
    if event.event != "participant_joined" or egress is None or egress.participant is None:
        return None
    if participant is None:
        return None
    return ParticipantEgressRequest(
        room_name=room.name,
        identity=participant.identity,
        file_outputs=list(egress.participant.file_outputs),
        segment_outputs=list(egress.participant.segment_outputs),
    )


def track_request(event: WebhookEvent, room: RoomState) -> TrackEgressRequest | None:
    """The request for a track that was published."""
    egress = room.request.egress
    if event.event != "track_published" or egress is None or egress.tracks is None:
        return None
    if _find_participant(event, room) is None:
        return None
    tracks = egress.tracks
    file = DirectFileOutput(filepath=tracks.filepath, disable_manifest=tracks.disable_manifest)
    storage = tracks.which_oneof("output")
    if storage is not None:
        setattr(file, storage, getattr(tracks, storage))
    sid = event.track.sid if event.track is not None else ""
    return TrackEgressRequest(room_name=room.name, track_id=sid, file=file)


def _find_participant(event: WebhookEvent, room: RoomState) -> SimulatedParticipant | None:
    """The participant of an event; None for agents and recorders, which are not recorded."""
    identity = event.participant.identity if event.participant is not None else ""
    participant = room.participants.get(identity)
    return None if participant is None or participant.dependent else participant
