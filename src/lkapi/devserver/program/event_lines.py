"""Events of a world as lines: who did what, in which room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.program.entries import Entry
from lkapi.protocol.egress import EgressStatus
from lkapi.protocol.ingress import IngressState
from lkapi.protocol.models import DisconnectReason, ParticipantInfo, TrackSource

if TYPE_CHECKING:
    from lkapi.protocol.models import TrackInfo
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["describe_event"]

_KINDS: Final = ParticipantInfo.Kind
_VERBS: Final = {
    "room_started": "opened",
    "room_finished": "closed",
    "participant_joined": "joined",
    "participant_left": "left",
    "participant_connection_aborted": "gave up joining",
    "track_published": "published",
    "track_unpublished": "unpublished",
}


def describe_event(event: WebhookEvent, now: float) -> Entry:
    """The entry of an event."""
    room = event.room.name if event.room is not None else ""
    facts: dict[str, Any] = {"event": event.event, "id": event.id, "room": room}
    verb = _VERBS.get(event.event, event.event.replace("_", " "))
    who, what, outcome = "server", f"room {room} {verb}", ""
    if event.participant is not None:
        who = facts["identity"] = event.participant.identity
        what = f"{verb} {room}{_kind(event.participant)}"
        outcome = _reason(event.participant) if event.event == "participant_left" else ""
    if event.track is not None:
        facts["track_sid"] = event.track.sid
        what = f"{verb} {_track(event.track)} in {room}"
    if event.egress_info is not None:
        info = event.egress_info
        who, what = (
            info.egress_id,
            f"egress of {room or 'web'}: {_short(EgressStatus, info.status)}",
        )
        facts["egress_id"], outcome = info.egress_id, info.error
    if event.ingress_info is not None:
        ingress = event.ingress_info
        status = ingress.state.status if ingress.state is not None else 0
        who, what = (
            ingress.ingress_id,
            f"ingress into {room}: {_short(IngressState.Status, status)}",
        )
        facts["ingress_id"] = ingress.ingress_id
        outcome = ingress.state.error if ingress.state is not None else ""
    return Entry(
        at=now,
        kind="event",
        who=who,
        what=what,
        outcome=outcome,
        good=event.event == "participant_left" or not outcome,
        facts=facts,
    )


def _kind(info: ParticipantInfo) -> str:
    """Further words for an agent, a recorder or a caller."""
    if info.kind == _KINDS.STANDARD:
        return ""
    status = info.attributes.get("sip.callStatus", "")
    words = [_short(_KINDS, info.kind), status, info.attributes.get("sip.phoneNumber", "")]
    return f" ({' '.join(word for word in words if word)})"


def _reason(info: ParticipantInfo) -> str:
    return _short(DisconnectReason, info.disconnect_reason).replace("_", " ")


def _track(track: TrackInfo) -> str:
    return " ".join(word for word in (_short(TrackSource, track.source), track.name) if word)


def _short(enum: Any, number: int) -> str:
    """The name of a number, without the prefix of the enum's names."""
    try:
        name: str = enum.Name(number)
    except ValueError:
        return str(int(number))
    return name.removeprefix("EGRESS_").removeprefix("ENDPOINT_").lower()
