"""RoomService: the calls that concern one participant and its tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.errors import (
    no_response,
    not_implemented,
    participant_not_found,
    same_room,
    unmute_not_enabled,
)
from lkapi.devserver.rooms import moving
from lkapi.devserver.rooms.limits import check_attributes, check_metadata, check_name
from lkapi.methods.room import (
    FORWARD_PARTICIPANT,
    GET_PARTICIPANT,
    LIST_PARTICIPANTS,
    MOVE_PARTICIPANT,
    MUTE_PUBLISHED_TRACK,
    REMOVE_PARTICIPANT,
    UPDATE_PARTICIPANT,
    UPDATE_SUBSCRIPTIONS,
)
from lkapi.protocol.models import DisconnectReason, ParticipantInfo, ParticipantPermission
from lkapi.protocol.room import (
    ForwardParticipantRequest,
    ForwardParticipantResponse,
    ListParticipantsRequest,
    ListParticipantsResponse,
    MoveParticipantRequest,
    MoveParticipantResponse,
    MuteRoomTrackRequest,
    MuteRoomTrackResponse,
    RemoveParticipantResponse,
    RoomParticipantIdentity,
    UpdateParticipantRequest,
    UpdateSubscriptionsRequest,
    UpdateSubscriptionsResponse,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.rooms.participants import SimulatedParticipant

MISSING_WAIT = 3.0
"""Seconds that the server waits for a node to own the participant (recorded behaviour 7)."""


def find(call: Call, room: str, identity: str) -> SimulatedParticipant:
    """The participant, for calls that look it up themselves.

    Raises:
        NotFoundError: at once.
    """
    participant = call.world.find_participant(room, identity)
    if participant is None:
        raise participant_not_found()
    return participant


def reach(call: Call, room: str, identity: str) -> SimulatedParticipant:
    """The participant, for calls that the server sends to the node that owns it.

    Raises:
        UnavailableError: after a wait, as no node owns it.
    """
    participant = call.world.find_participant(room, identity)
    if participant is None:
        call.wait(MISSING_WAIT)
        raise no_response()
    return participant


@handles(LIST_PARTICIPANTS)
def list_participants(call: Call, request: ListParticipantsRequest) -> ListParticipantsResponse:
    """Everyone in the room, including hidden ones; a missing room counts as empty."""
    room = call.world.find_room(request.room)
    here = [] if room is None else list(room.participants.values())
    return ListParticipantsResponse(participants=[who.info.copy() for who in here])


@handles(GET_PARTICIPANT)
def get_participant(call: Call, request: RoomParticipantIdentity) -> ParticipantInfo:
    """One participant by identity."""
    return find(call, request.room, request.identity).info.copy()


@handles(REMOVE_PARTICIPANT)
def remove_participant(call: Call, request: RoomParticipantIdentity) -> RemoveParticipantResponse:
    """Disconnect a participant; its token keeps working (recorded behaviour 24)."""
    participant = find(call, request.room, request.identity)
    call.world.disconnect(participant, DisconnectReason.PARTICIPANT_REMOVED)
    return RemoveParticipantResponse()


@handles(MUTE_PUBLISHED_TRACK)
def mute_published_track(call: Call, request: MuteRoomTrackRequest) -> MuteRoomTrackResponse:
    """Mute a track; for an unknown one the response has no track."""
    participant = reach(call, request.room, request.identity)
    if not request.muted and not call.world.config.enable_remote_unmute:
        raise unmute_not_enabled()
    track = participant.find_track(request.track_sid)
    if track is None:
        return MuteRoomTrackResponse()
    if track.muted != request.muted:
        track.muted = request.muted
        participant.touch()
    return MuteRoomTrackResponse(track=track.copy())


def _check_update(request: UpdateParticipantRequest) -> None:
    check_name(request.name)
    check_metadata(request.metadata)
    check_attributes(request.attributes)


@handles(UPDATE_PARTICIPANT, check_before_grants=_check_update)
def update_participant(call: Call, request: UpdateParticipantRequest) -> ParticipantInfo:
    """Change the fields that are set; a permission replaces the old one as a whole."""
    participant = find(call, request.room, request.identity)
    info = participant.info
    for field in ("metadata", "name"):
        text = getattr(request, field)
        if text and text != getattr(info, field):
            setattr(info, field, text)
            participant.touch()
    if request.attributes:
        merged = {**info.attributes, **request.attributes}
        info.attributes = {name: value for name, value in merged.items() if value}
        participant.touch()
    if request.permission is not None:
        _set_permission(participant, request.permission)
    return info.copy()


def _set_permission(participant: SimulatedParticipant, permission: ParticipantPermission) -> None:
    if permission == participant.permission:
        return
    info = participant.info
    info.permission = permission.copy()
    info.is_publisher = permission.can_publish and participant.active
    participant.touch()
    for track in list(info.tracks):
        if not participant.may_publish(track.source):
            participant.unpublish(track.sid)


@handles(UPDATE_SUBSCRIPTIONS)
def update_subscriptions(
    call: Call, request: UpdateSubscriptionsRequest
) -> UpdateSubscriptionsResponse:
    """Subscribe or unsubscribe; unknown tracks and an empty list are not errors."""
    participant = reach(call, request.room, request.identity)
    sids = {*request.track_sids, *(s for t in request.participant_tracks for s in t.track_sids)}
    if request.subscribe:
        participant.unsubscribed -= sids
    else:
        participant.unsubscribed |= sids
    return UpdateSubscriptionsResponse()


@handles(MOVE_PARTICIPANT)
def move_participant(call: Call, request: MoveParticipantRequest) -> MoveParticipantResponse:
    """Take a participant to another room; LiveKit Cloud only."""
    participant = _reach_elsewhere(call, request)
    moving.move(call.world.room_manager, participant, request.destination_room)
    return MoveParticipantResponse()


@handles(FORWARD_PARTICIPANT)
def forward_participant(
    call: Call, request: ForwardParticipantRequest
) -> ForwardParticipantResponse:
    """Show a participant in another room too; LiveKit Cloud only."""
    moving.forward(
        call.world.room_manager, _reach_elsewhere(call, request), request.destination_room
    )
    return ForwardParticipantResponse()


def _reach_elsewhere(
    call: Call, request: MoveParticipantRequest | ForwardParticipantRequest
) -> SimulatedParticipant:
    if request.room == request.destination_room:
        raise same_room()
    participant = reach(call, request.room, request.identity)
    if not call.world.config.cloud:
        raise not_implemented()
    return participant
