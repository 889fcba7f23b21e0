"""Sessions for the Analytics API, derived from the events of the world.

A session is a room from its start to its end. Traffic is not simulated, so bytes count as 0.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.protocol.models import TrackSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.events.log import EventLog
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["Session", "SessionParticipant", "Sessions"]

_MAX_KEPT: Final = 10_000
_SOURCES: Final = {
    TrackSource.CAMERA: "cameraTrack",
    TrackSource.MICROPHONE: "microphoneTrack",
    TrackSource.SCREEN_SHARE: "screenShareTrack",
    TrackSource.SCREEN_SHARE_AUDIO: "screenShareAudio",
}
_NEVER, _ACTIVE, _ENDED = 0, 1, 2


@attrs.define
class SessionParticipant:
    """A participant of a session."""

    identity: str
    name: str
    stays: list[tuple[str, int, int | None]] = attrs.field(
        factory=list[tuple[str, int, "int | None"]]
    )
    """For each stay: sid, second of joining, second of leaving."""
    sources: set[str] = attrs.field(factory=set[str])

    @property
    def present(self) -> bool:
        """Whether the last stay has not ended."""
        return self.stays[-1][2] is None

    def show(self, room_id: str) -> dict[str, Any]:
        """The participant's part of the details."""
        stays = [
            {"participantId": sid, "joinedAt": moment(came), "leftAt": moment(left)}
            for sid, came, left in self.stays
        ]
        return {
            "participantIdentity": self.identity,
            "participantName": self.name,
            "roomId": room_id,
            "joinedAt": stays[0]["joinedAt"],
            "leftAt": stays[-1]["leftAt"],
            "location": "",
            "region": "",
            "connectionType": "UDP",
            "connectionTimeMs": 0,
            "deviceModel": "",
            "os": "",
            "browser": "",
            "sdkVersion": "",
            "publishedSources": {name: name in self.sources for name in _SOURCES.values()},
            "sessions": stays,
        }


@attrs.define
class Session:
    """One session so far."""

    room_id: str
    room_name: str
    created_at: int
    last_active: int
    ended_at: int | None = None
    egress: int = _NEVER
    attempts: int = 0
    participants: dict[str, SessionParticipant] = attrs.field(factory=dict[str, SessionParticipant])
    recordings: set[str] = attrs.field(factory=set[str])
    """Ids of running egresses."""

    def summary(self) -> dict[str, Any]:
        """The session in the form of the list."""
        stays = sum(len(participant.stays) for participant in self.participants.values())
        return {
            "sessionId": self.room_id,
            "roomName": self.room_name,
            "createdAt": moment(self.created_at),
            "endedAt": moment(self.ended_at),
            "lastActive": moment(self.last_active),
            "bandwidthIn": "0",
            "bandwidthOut": "0",
            "egress": self.egress,
            "numParticipants": len(self.participants),
            "numActiveParticipants": sum(
                participant.present for participant in self.participants.values()
            ),
            "connectionCounts": {"attempts": self.attempts + stays, "success": stays},
        }

    def details(self, now: float) -> dict[str, Any]:
        """Everything known about the session."""
        return {
            "roomId": self.room_id,
            "roomName": self.room_name,
            "bandwidth": "0",
            "startTime": moment(self.created_at),
            "endTime": moment(self.ended_at),
            "numParticipants": len(self.participants),
            "connectionMinutes": str(self._minutes(now)),
            "quality": [],
            "publishBps": [],
            "participants": [
                participant.show(self.room_id) for participant in self.participants.values()
            ],
        }

    def _minutes(self, now: float) -> int:
        """Billable minutes: each started minute of a stay counts."""
        stays = [stay for participant in self.participants.values() for stay in participant.stays]
        return sum(
            math.ceil(((int(now) if left is None else left) - came) / 60) for _, came, left in stays
        )


class Sessions:
    """The sessions of a world, by the sid of their room; the last ten thousand are kept."""

    def __init__(self, runtime: Runtime, events: EventLog) -> None:
        self._runtime = runtime
        self._by_id: OrderedDict[str, Session] = OrderedDict()
        events.listen(self._follow)

    def all(self) -> list[Session]:
        """Every session, the newest first."""
        with self._runtime.lock:
            self._runtime.settle()
            return list(reversed(self._by_id.values()))

    def find(self, session_id: str) -> Session | None:
        """One session by id."""
        with self._runtime.lock:
            self._runtime.settle()
            return self._by_id.get(session_id)

    def save(self) -> list[dict[str, Any]]:
        """The sessions as part of a snapshot."""
        return [_save_session(session) for session in self._by_id.values()]

    def load(self, saved: Saved) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        sessions = [_load_session(item) for item in saved.items()]

        def put() -> None:
            self._by_id = OrderedDict((session.room_id, session) for session in sessions)

        return put

    def _follow(self, event: WebhookEvent) -> None:
        """Update the sessions from an event of the world."""
        room_id = event.room.sid if event.room is not None else ""
        if event.event == "room_started" and event.room is not None:
            at = event.created_at
            self._by_id[room_id] = Session(room_id, event.room.name, at, at)
            if len(self._by_id) > _MAX_KEPT:
                self._by_id.popitem(last=False)
        session = self._by_id.get(room_id)
        if session is None:
            return
        if not event.event.startswith("egress_"):
            session.last_active = max(session.last_active, event.created_at)
        if event.event == "room_finished":
            session.ended_at = event.created_at
        _note_participant(session, event)
        _note_egress(session, event)


def _save_session(session: Session) -> dict[str, Any]:
    people = {
        name: {
            "identity": who.identity,
            "name": who.name,
            "stays": [list(stay) for stay in who.stays],
            "sources": sorted(who.sources),
        }
        for name, who in session.participants.items()
    }
    own = attrs.asdict(session, recurse=False)
    return {**own, "participants": people, "recordings": sorted(session.recordings)}


def _load_session(saved: Saved) -> Session:
    people = saved.at("participants").members()
    ended_at = saved.at("ended_at")
    return Session(
        room_id=saved.at("room_id").text(),
        room_name=saved.at("room_name").text(),
        created_at=saved.at("created_at").integer(),
        last_active=saved.at("last_active").integer(),
        ended_at=None if ended_at.missing else ended_at.integer(),
        egress=saved.at("egress").integer(),
        attempts=saved.at("attempts").integer(),
        participants={name: _load_participant(item) for name, item in people.items()},
        recordings=set(saved.at("recordings").texts()),
    )


def _load_participant(saved: Saved) -> SessionParticipant:
    stays: list[tuple[str, int, int | None]] = []
    for stay in saved.at("stays").items():
        parts = stay.items()
        if len(parts) != 3:
            raise stay.error("must be a sid and two times")
        sid, came, left = parts
        stays.append((sid.text(), came.integer(), None if left.missing else left.integer()))
    return SessionParticipant(
        identity=saved.at("identity").text(),
        name=saved.at("name").text(),
        stays=stays,
        sources=set(saved.at("sources").texts()),
    )


def _note_participant(session: Session, event: WebhookEvent) -> None:
    if event.participant is None:
        return
    who, name = event.participant, event.event
    if name == "participant_connection_aborted":
        session.attempts += 1
    elif name == "participant_joined":
        participant = session.participants.setdefault(
            who.identity, SessionParticipant(who.identity, who.name)
        )
        participant.stays.append((who.sid, event.created_at, None))
    elif name == "participant_left" and who.identity in session.participants:
        stays = session.participants[who.identity].stays
        for index, (sid, came, _) in enumerate(stays):
            if sid == who.sid:
                stays[index] = (sid, came, event.created_at)
    elif name == "track_published" and event.track and who.identity in session.participants:
        source = _SOURCES.get(TrackSource(event.track.source))
        if source is not None:
            session.participants[who.identity].sources.add(source)


def _note_egress(session: Session, event: WebhookEvent) -> None:
    if event.egress_info is None:
        return
    if event.event == "egress_started":
        session.recordings.add(event.egress_info.egress_id)
    elif event.event == "egress_ended":
        session.recordings.discard(event.egress_info.egress_id)
    session.egress = _ACTIVE if session.recordings else _ENDED


def moment(seconds: float | None) -> str | None:
    """A time in the API's form, ``2025-09-29T13:59:40Z``."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
