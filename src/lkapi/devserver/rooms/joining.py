"""Who may join a room, and the result of a join (recorded behaviours 18, 21 to 24 and 41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.http.errors import JoinRefused
from lkapi.devserver.rooms.limits import MAX_ATTRIBUTES, MAX_METADATA, MAX_NAME, size
from lkapi.devserver.rooms.participants import SimulatedParticipant
from lkapi.devserver.rooms.presets import fill_request
from lkapi.devserver.rooms.room_state import PUBLISH_CODECS, make_codecs
from lkapi.protocol.models import (
    DisconnectReason,
    ParticipantInfo,
    ParticipantPermission,
    ServerInfo,
    TrackSource,
)
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.protocol.rtc import JoinResponse

__all__ = ["check_join", "check_token", "enter", "make_permission"]

_NO_PERMISSION = "no permissions to access the room"
_CLOSED_BY_MEDIA = "connection closed by media"


def check_token(claims: Claims | None) -> Claims:
    """Refuse a request without a token, or with one without a video grant, before other checks.

    Raises:
        JoinRefused: with the recorded status and text.
    """
    if claims is None or claims.grants.groups.get("video") is None:
        raise JoinRefused(401, _NO_PERMISSION)
    return claims


def check_join(
    rooms: RoomManager, claims: Claims | None, *, publish: str, attributes: Mapping[str, str]
) -> None:
    """Refuse what ``/rtc/validate`` refuses; a join can fail for further reasons.

    Raises:
        JoinRefused: with the recorded status and text.
    """
    holder = check_token(claims)
    video = holder.grants.video
    if not video.get("roomJoin"):
        raise JoinRefused(401, "permissions denied")
    room = str(video.get("room", ""))
    _check_names(holder.identity, room)
    permission = make_permission(holder)
    if publish and not permission.can_publish:
        raise JoinRefused(401, _NO_PERMISSION)
    if attributes and not permission.can_update_metadata:
        raise JoinRefused(401, _NO_PERMISSION)
    may_create = rooms.runtime.config.auto_create or bool(video.get("roomCreate"))
    if not may_create and rooms.find(room) is None:
        raise JoinRefused(404, "requested room does not exist")


def _check_names(identity: str, room: str) -> None:
    if not room:
        raise JoinRefused(400, "no room name")
    if not identity:
        raise JoinRefused(400, "identity cannot be empty")
    for what, text in (("participant identity", identity), ("room name", room)):
        if size(text) > MAX_NAME:
            raise JoinRefused(400, f"{what} length exceeds limits: max length {MAX_NAME}")


def enter(
    rooms: RoomManager, claims: Claims, *, publish: str, attributes: Mapping[str, str]
) -> SimulatedParticipant:
    """Make the participant of a checked token, in a room that is created if it does not exist."""
    room = _open_room(rooms, claims)
    identity = f"{claims.identity}#{publish}" if publish else claims.identity
    all_attributes = {**claims.grants.top.get("attributes", {}), **attributes}
    _check_sizes(claims.grants.text("metadata"), all_attributes)
    if room.is_full(identity):
        raise JoinRefused(500, _CLOSED_BY_MEDIA)
    before = room.participants.get(identity)
    if before is not None:
        rooms.disconnect(before, DisconnectReason.DUPLICATE_IDENTITY)
    info = _make_info(rooms.runtime, claims, identity, all_attributes)
    if publish and info.permission is not None:
        info.permission.can_subscribe = False
    return _admit(rooms, room, claims, info)


def _admit(
    rooms: RoomManager, room: RoomState, claims: Claims, info: ParticipantInfo
) -> SimulatedParticipant:
    participant = SimulatedParticipant(
        runtime=rooms.runtime,
        host=rooms,
        room=room,
        claims=claims,
        info=info,
        response=_make_response(rooms, room, info),
        room_metadata=room.info.metadata,
    )
    room.add(participant)
    info.state = ParticipantInfo.State.JOINED
    participant.touch()
    return participant


def _open_room(rooms: RoomManager, claims: Claims) -> RoomState:
    name = str(claims.grants.video["room"])
    existing = rooms.find(name)
    if existing is not None:
        return existing
    preset = claims.grants.text("roomPreset")
    if preset and preset not in rooms.runtime.config.presets:
        raise JoinRefused(500, _CLOSED_BY_MEDIA)
    config = claims.grants.room_config
    request = CreateRoomRequest(name=name, room_preset=preset)
    if config is not None:
        request = fill_request(request, config)
    return rooms.create(request)[0]


def _check_sizes(metadata: str, attributes: Mapping[str, str]) -> None:
    """Values that are too large pass ``/rtc/validate`` and fail at the join."""
    total = sum(size(name) + size(value) for name, value in attributes.items())
    if size(metadata) > MAX_METADATA or total > MAX_ATTRIBUTES:
        raise JoinRefused(500, _CLOSED_BY_MEDIA)


def _make_info(
    runtime: Runtime, claims: Claims, identity: str, attributes: Mapping[str, str]
) -> ParticipantInfo:
    now = runtime.clock.now()
    details = claims.grants.top.get("kindDetails", [])
    return ParticipantInfo(
        sid=runtime.ids.make("PA_"),
        identity=identity,
        metadata=claims.grants.text("metadata"),
        joined_at=int(now),
        joined_at_ms=int(now * 1000),
        name=claims.grants.text("name"),
        permission=make_permission(claims),
        kind=_read_kind(claims.grants.text("kind")),
        kind_details=[
            ParticipantInfo.KindDetail.Value(word.upper())
            for word in details
            if word.upper() in ParticipantInfo.KindDetail.keys()  # noqa: SIM118 - an enum's names
        ],
        attributes=dict(attributes),
    )


def _read_kind(word: str) -> ParticipantInfo.Kind:
    """Kind by its name in any case; an unknown one is STANDARD."""
    names = ParticipantInfo.Kind.__members__
    return names.get(word.upper(), ParticipantInfo.Kind.STANDARD)


def make_permission(claims: Claims) -> ParticipantPermission:
    """The permissions of a token's video grant; absent flags allow publishing and subscribing."""
    video = claims.grants.video
    can_publish = video.get("canPublish", True)
    sources = TrackSource.__members__
    return ParticipantPermission(
        can_subscribe=video.get("canSubscribe", True),
        can_publish=can_publish,
        can_publish_data=video.get("canPublishData", can_publish),
        can_publish_sources=[
            sources.get(word.upper(), TrackSource.UNKNOWN)
            for word in video.get("canPublishSources", [])
        ],
        hidden=video.get("hidden", False),
        recorder=video.get("recorder", False),
        can_update_metadata=video.get("canUpdateOwnMetadata", False),
        agent=video.get("agent", False),
        can_subscribe_metrics=video.get("canSubscribeMetrics", False),
        can_manage_agent_session=video.get("canManageAgentSession", False),
    )


def _make_response(rooms: RoomManager, room: RoomState, info: ParticipantInfo) -> JoinResponse:
    """First response of the signalling connection, without media servers."""
    from lkapi.protocol.rtc import (
        JoinResponse,
    )  # a large module, used only by joins

    config = rooms.runtime.config
    others = [who.info.copy() for who in room.participants.values() if not who.permission.hidden]
    return JoinResponse(
        room=rooms.show(room),
        participant=info.copy(),
        other_participants=others,
        server_version=config.server_version,
        subscriber_primary=bool(info.permission and info.permission.can_subscribe),
        ping_timeout=15,
        ping_interval=5,
        server_info=ServerInfo(
            version=config.server_version,
            protocol=17,
            node_id=rooms.runtime.node_id,
            agent_protocol=1,
        ),
        enabled_publish_codecs=make_codecs(PUBLISH_CODECS),
        fast_publish=True,
    )
