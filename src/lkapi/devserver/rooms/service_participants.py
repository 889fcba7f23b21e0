"""Participants that services bring into rooms: recorders, callees, media from outside.

They join as anybody does, with the claims that the real service would have signed for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.http.claim_types import Grants
from lkapi.devserver.http.claims import Claims
from lkapi.devserver.http.refusals import JoinRefused, inner
from lkapi.devserver.rooms import joining
from lkapi.errors import FailedPreconditionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.world import World

__all__ = ["bring_in"]


def bring_in(
    world: World,
    room: str,
    identity: str,
    *,
    kind: str,
    name: str = "",
    metadata: str = "",
    attributes: Mapping[str, str] | None = None,
    flags: Mapping[str, bool] | None = None,
) -> SimulatedParticipant:
    """Let a participant of a service into a room, which is opened if need be, with media up.

    Args:
        world: where.
        room: name of the room.
        identity: unique in the room; whoever has it already is disconnected.
        kind: ``sip``, ``egress``, ``ingress`` or ``connector``.
        name: shown name.
        metadata: of the participant.
        attributes: of the participant.
        flags: more of the video grant, ``{"hidden": True}`` for example.

    Raises:
        APIError: the room is full, or a name is too long.
    """
    video = {"roomJoin": True, "room": room, **(flags or {})}
    top = {"name": name, "kind": kind, "metadata": metadata, "attributes": dict(attributes or {})}
    grants = Grants(groups={"video": video}, top=top, room_config=None)
    claims = Claims(api_key=next(iter(world.config.keys), ""), identity=identity, grants=grants)
    try:
        participant = joining.enter(world, claims, publish="", attributes={})
    except JoinRefused as error:
        text = f"participant {identity} cannot join: {error.text}"
        raise inner(FailedPreconditionError, "failed_precondition", text) from None
    participant.activate()
    return participant
