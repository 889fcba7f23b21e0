"""Who is in a room, according to events that may be late, duplicate or out of order.

A participant that reconnects gets a new sid; the ``participant_left`` of the old one may come after
the ``participant_joined`` of the new one. Compare sids and joining times, not identities.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from lkapi.protocol.models import ParticipantInfo
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["Change", "PresenceTracker", "is_newer"]

Change: TypeAlias = Literal["joined", "replaced", "left", "room_ended"]

_LEAVING: Final = frozenset({"participant_left", "participant_connection_aborted"})


@attrs.frozen
class _Session:
    sid: str
    joined: int
    room_sid: str


def is_newer(one: ParticipantInfo, other: ParticipantInfo) -> bool:
    """Whether ``one`` is a later session of the same identity than ``other``."""
    return one.sid != other.sid and _joined_ms(one) > _joined_ms(other)


def _joined_ms(participant: ParticipantInfo) -> int:
    return participant.joined_at_ms or participant.joined_at * 1000


class PresenceTracker:
    """Tracks who is in each room from events; ignores late and duplicate ones.

    Webhooks may be lost: compare with ``list_participants`` now and then. Not safe for threads.
    """

    def __init__(self, *, max_ended: int = 10_000) -> None:
        """Start with empty rooms; the last ``max_ended`` sids that left are remembered."""
        self._rooms: dict[str, dict[str, _Session]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._max_ended = max_ended

    def apply(self, event: WebhookEvent) -> Change | None:
        """Update the rooms from an event.

        Returns:
            What changed; None if the event is late, a duplicate, or about something else.
        """
        if event.room is None:
            return None
        if event.event == "room_finished":
            return self._finish(event.room.name, event.room.sid)
        if event.participant is None:
            return None
        if event.event == "participant_joined":
            return self._join(event.room.name, event.room.sid, event.participant)
        if event.event in _LEAVING:
            return self._leave(event.room.name, event.participant)
        return None

    def identities(self, room: str) -> list[str]:
        """Who is in a room, in the order of joining."""
        return list(self._rooms.get(room, {}))

    def _join(self, room: str, room_sid: str, participant: ParticipantInfo) -> Change | None:
        joined = _joined_ms(participant)
        sessions = self._rooms.setdefault(room, {})
        current = sessions.get(participant.identity)
        stale = current is not None and (current.sid == participant.sid or current.joined > joined)
        if stale or participant.sid in self._ended or room_sid in self._ended:
            if not sessions:
                del self._rooms[room]
            return None
        if current is not None:
            self._end(current.sid)
            del sessions[participant.identity]
        sessions[participant.identity] = _Session(participant.sid, joined, room_sid)
        return "joined" if current is None else "replaced"

    def _leave(self, room: str, participant: ParticipantInfo) -> Change | None:
        self._end(participant.sid)
        sessions = self._rooms.get(room, {})
        current = sessions.get(participant.identity)
        if current is None or current.sid != participant.sid:
            return None
        del sessions[participant.identity]
        if not sessions:
            del self._rooms[room]
        return "left"

    def _finish(self, room: str, room_sid: str) -> Change | None:
        if room_sid in self._ended:
            return None
        self._end(room_sid)
        sessions = self._rooms.get(room, {})
        remaining = {
            who: session for who, session in sessions.items() if session.room_sid != room_sid
        }
        self._rooms.pop(room, None)
        if remaining:
            self._rooms[room] = remaining
        return "room_ended"

    def _end(self, sid: str) -> None:
        self._ended[sid] = None
        if len(self._ended) > self._max_ended:
            self._ended.popitem(last=False)
