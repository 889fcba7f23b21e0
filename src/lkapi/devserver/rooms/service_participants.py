"""Participants of a service in a room: egress recorders, phone calls, ingress media.

They join like any participant, with the claims that the real service signs for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.http.claim_types import Grants
from lkapi.devserver.http.claims import Claims
from lkapi.devserver.http.errors import JoinRefused, inner_error
from lkapi.devserver.rooms import joining
from lkapi.errors import FailedPreconditionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_manager import RoomManager

__all__ = ["join_as_service"]


def join_as_service(
    rooms: RoomManager,
    room: str,
    identity: str,
    *,
    kind: str,
    name: str = "",
    metadata: str = "",
    attributes: Mapping[str, str] | None = None,
    flags: Mapping[str, bool] | None = None,
) -> SimulatedParticipant:
    """Let a participant of a service join a room (created if needed), with media connected.

    Args:
        rooms: the rooms of the world.
        room: name of the room.
        identity: unique in the room; a participant that already has it is disconnected.
        kind: ``sip``, ``egress``, ``ingress`` or ``connector``.
        name: display name.
        metadata: metadata of the participant.
        attributes: attributes of the participant.
        flags: further flags of the video grant, ``{"hidden": True}`` for example.

    Raises:
        APIError: the room is full, or a name is too long.
    """
    video = {"roomJoin": True, "room": room, **(flags or {})}
    top = {"name": name, "kind": kind, "metadata": metadata, "attributes": dict(attributes or {})}
    grants = Grants(groups={"video": video}, top=top, room_config=None)
    claims = Claims(
        api_key=next(iter(rooms.runtime.config.keys), ""), identity=identity, grants=grants
    )
    try:
        participant = joining.enter(rooms, claims, publish="", attributes={})
    except JoinRefused as error:
        text = f"participant {identity} cannot join: {error.text}"
        raise inner_error(FailedPreconditionError, "failed_precondition", text) from None
    participant.activate()
    return participant
