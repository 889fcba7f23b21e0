"""One readable line about an event: what happened, where, to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.protocol.egress import EgressInfo
    from lkapi.protocol.ingress import IngressInfo
    from lkapi.protocol.models import ParticipantInfo, TrackInfo
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["describe_event", "event_line"]


def event_line(event: WebhookEvent) -> str:
    """``participant_joined  EV_…  room demo, ann``: name, id and what it is about, in columns."""
    about = describe_event(event)
    return _printable(f"{event.event:<20}  {event.id:<15}  {about}").rstrip()


def describe_event(event: WebhookEvent) -> str:
    """What an event is about: ``room demo, ann, microphone TR_…``."""
    return ", ".join(_parts(event))


def _parts(event: WebhookEvent) -> Iterator[str]:
    if event.room is not None and event.room.name:
        yield f"room {event.room.name}"
    if event.participant is not None:
        yield _participant(event.participant)
    if event.track is not None:
        yield _track(event.track)
    if event.egress_info is not None:
        yield _egress(event.egress_info)
    if event.ingress_info is not None:
        yield _ingress(event.ingress_info)
    if event.job is not None:
        yield " ".join(part for part in ("job", event.job.id, event.job.agent_name) if part)
    if event.room_end_reason:
        yield _short(event.room_end_reason, "ROOM_END_")


def _participant(info: ParticipantInfo) -> str:
    kind = _short(info.kind)
    left = f" ({_short(info.disconnect_reason)})" if info.disconnect_reason else ""
    return f"{info.identity}{'' if kind == 'standard' else f' [{kind}]'}{left}"


def _track(info: TrackInfo) -> str:
    muted = " muted" if info.muted else ""
    return f"{_short(info.source)}{muted} {info.sid}"


def _egress(info: EgressInfo) -> str:
    error = f": {info.error}" if info.error else ""
    return f"egress {info.egress_id} {_short(info.status, 'EGRESS_')}{error}"


def _ingress(info: IngressInfo) -> str:
    status = f" {_short(info.state.status, 'ENDPOINT_')}" if info.state is not None else ""
    error = f": {info.state.error}" if info.state is not None and info.state.error else ""
    return f"ingress {info.ingress_id}{status}{error}"


def _printable(text: str) -> str:
    """Names come from participants: characters that could control a terminal are shown as ``?``."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _short(value: Any, prefix: str = "") -> str:
    """An enum's value in lower case; a number without a name is kept."""
    name = getattr(value, "name", None) or str(value)
    return name.removeprefix(prefix).lower()
