"""Participants of a seed, and the tracks that they publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi._words import nearest
from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.errors import APIError
from lkapi.protocol.models import (
    ParticipantInfo,
    ParticipantPermission,
    TrackInfo,
    TrackSource,
    TrackType,
)

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.seeds.reading import SeedValue
    from lkapi.devserver.world import World

__all__ = ["seat", "text_of"]

_PARTICIPANT: Final = (
    *("identity", "name", "metadata", "attributes", "kind", "permission", "tracks"),
)


def seat(world: World, room: str, item: SeedValue) -> None:
    """Let a participant of a seed join a room and publish its tracks.

    Raises:
        SettingsError: naming the place of what is wrong.
    """
    members = item.expect_names(_PARTICIPANT)
    identity = item.at("identity").text()
    if not identity:
        raise item.at("identity").error("must not be empty")
    try:
        participant = join_as_service(
            world.room_manager,
            room,
            identity,
            kind=_kind(members.get("kind")),
            name=item.text_at("name"),
            metadata=item.text_at("metadata"),
            attributes=members["attributes"].pairs() if "attributes" in members else None,
        )
    except APIError as error:
        raise item.error(text_of(error)) from None
    if "permission" in members:
        participant.info.permission = members["permission"].message_of(ParticipantPermission)
    for track in members["tracks"].items() if "tracks" in members else []:
        _publish(participant, track)


def text_of(error: APIError) -> str:
    """The text of an error without the server's prefix."""
    return error.message.removeprefix("twirp error unknown: ")


def _kind(item: SeedValue | None) -> str:
    if item is None:
        return "standard"
    kinds = [name.lower() for name in ParticipantInfo.Kind.__members__]
    kind = item.text().lower()
    if kind not in kinds:
        raise item.error(f"unknown kind{nearest(kind, kinds) or ': ' + ', '.join(kinds)}")
    return kind


def _publish(participant: SimulatedParticipant, item: SeedValue) -> None:
    """Publish a track; source and type may be in lower case."""
    upper = {name: item.at(name).text().upper() for name in ("source", "type") if item.find(name)}
    track = item.message_of(TrackInfo, **upper)
    given: dict[str, Any] = {
        name: getattr(track, name)
        for name in track.to_dict(proto_names=True)
        if name not in ("name", "source", "type")
    }
    source = track.source if "source" in upper else TrackSource.MICROPHONE
    camera = source in (TrackSource.CAMERA, TrackSource.SCREEN_SHARE)
    usual = TrackType.VIDEO if camera else TrackType.AUDIO
    try:
        participant.publish(
            track.name, source=source, type=track.type if "type" in upper else usual, **given
        )
    except APIError as error:
        raise item.error(text_of(error)) from None
