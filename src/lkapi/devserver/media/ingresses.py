"""Ingress: media from outside; each is a participant while it publishes (recorded behaviour 51).

Keys, URLs and the list are the server's part. The worker's part is simulated: ``start`` and ``end``
begin and end the media; an ingress that pulls a URL starts by itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.devserver.snapshots.values import write_message, write_time
from lkapi.errors import APIError
from lkapi.protocol.ingress import IngressInfo, IngressInput, IngressState
from lkapi.protocol.models import Room, TrackSource, TrackType
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.events.log import EventLog
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["Ingresses", "StoredIngress"]

_CLOUD_URLS: Final = {
    IngressInput.RTMP_INPUT: "rtmps://127.0.0.1:1936/x",
    IngressInput.WHIP_INPUT: "https://127.0.0.1:8086/w",
}
"""The URL that clients publish to; nothing listens there."""
_STATUS = IngressState.Status
_LIVE: Final = (_STATUS.ENDPOINT_BUFFERING, _STATUS.ENDPOINT_PUBLISHING)


@attrs.define(eq=False)
class StoredIngress:
    """One ingress, and its participant."""

    info: IngressInfo
    """The ingress as the API shows it."""
    due: float = math.inf
    """When a pulled URL begins to play."""
    publisher: SimulatedParticipant | None = attrs.field(default=None, repr=False)
    resource: str = ""
    """Id of the worker's run, beginning with the pull or the first packet."""

    def save(self, people: People) -> dict[str, Any]:
        """The ingress as part of a snapshot."""
        return {
            "info": write_message(self.info),
            "due": write_time(self.due),
            "publisher": people.refer(self.publisher),
            "resource": self.resource,
        }

    @classmethod
    def load(cls, saved: Saved, people: People) -> StoredIngress:
        """Read what ``save`` wrote.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        return cls(
            info=saved.at("info").message(IngressInfo),
            due=saved.at("due").time(),
            publisher=people.find_if_any(saved.at("publisher")),
            resource=saved.at("resource").text(),
        )


class Ingresses:
    """Every ingress of a world, in the order of creation."""

    def __init__(self, runtime: Runtime, events: EventLog, rooms: RoomManager) -> None:
        self._runtime = runtime
        self._events = events
        self._rooms = rooms
        self._by_id: dict[str, StoredIngress] = {}
        self._resources = 0
        self.starts_after: float | None = 0.5
        """Seconds until a pulled URL plays; None to leave that to ``start``."""
        runtime.add_due_work(self._settle)
        events.listen(self._end_for_event)

    def all(self) -> list[IngressInfo]:
        """Every ingress that is not deleted."""
        with self._runtime.lock:
            self._runtime.settle()
            return [stored.info.copy() for stored in self._by_id.values()]

    def find(self, ingress_id: str) -> StoredIngress | None:
        """One ingress by id."""
        with self._runtime.lock:
            self._runtime.settle()
            return self._by_id.get(ingress_id)

    def base_url(self, kind: int) -> str:
        """The URL that encoders publish to, from the configuration."""
        config = self._runtime.config
        own = config.whip_base_url if kind == IngressInput.WHIP_INPUT else config.rtmp_base_url
        return own or (_CLOUD_URLS.get(IngressInput(kind), "") if config.cloud else "")

    def add(self, info: IngressInfo) -> None:
        """Store a new ingress, which already has an id."""
        self._by_id[info.ingress_id] = StoredIngress(info)

    def pull(self, ingress_id: str) -> IngressInfo:
        """Let a worker pull a URL; the returned state is stored when media plays (recorded)."""
        stored = self._by_id[ingress_id]
        if self.starts_after is not None:
            stored.due = self._runtime.clock.now() + self.starts_after
        state = IngressState(
            status=_STATUS.ENDPOINT_BUFFERING,
            started_at=self._now(),
            resource_id=self._resource_of(stored),
        )
        return stored.info.copy(state=state)

    def delete(self, ingress_id: str) -> IngressInfo | None:
        """End and delete an ingress; None if there is none."""
        stored = self.find(ingress_id)
        if stored is None:
            return None
        self._finish(stored, _STATUS.ENDPOINT_COMPLETE, "")
        del self._by_id[ingress_id]
        info = stored.info.copy()
        if info.state is not None:
            info.state.status = _STATUS.ENDPOINT_INACTIVE
        return info

    def start(self, ingress_id: str) -> SimulatedParticipant:
        """Simulate incoming media: a participant joins the room and publishes.

        Raises:
            KeyError: there is no ingress with the id.
            ValueError: it is disabled, or has no room.
            APIError: the room is full.
        """
        with self._runtime.lock:
            self._runtime.settle()
            return self._start(self._by_id[ingress_id], None)

    def end(self, ingress_id: str, error: str = "") -> None:
        """Stop the media: the participant leaves; the state shows an error, if there is one.

        Raises:
            KeyError: there is no ingress with the id.
        """
        with self._runtime.lock:
            self._runtime.settle()
            how = _STATUS.ENDPOINT_ERROR if error else _STATUS.ENDPOINT_COMPLETE
            self._finish(self._by_id[ingress_id], how, error)

    def save(self, people: People) -> dict[str, Any]:
        """Every ingress as part of a snapshot."""
        return {
            "ingresses": [stored.save(people) for stored in self._by_id.values()],
            "resources": self._resources,
            "starts_after": self.starts_after,
        }

    def load(self, saved: Saved, people: People) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        ingresses = [StoredIngress.load(item, people) for item in saved.at("ingresses").items()]
        resources = saved.at("resources").integer()
        starts_after = saved.at("starts_after").maybe_number()

        def put() -> None:
            self._by_id = {each.info.ingress_id: each for each in ingresses}
            self._resources, self.starts_after = resources, starts_after

        return put

    def _settle(self) -> None:
        """Play the pulled URLs that are due."""
        now = self._runtime.clock.now()
        for stored in list(self._by_id.values()):
            if stored.due <= now:
                self._start_when_due(stored, stored.due)

    def _end_for_event(self, event: WebhookEvent) -> None:
        """End the media of an ingress whose participant was removed, or left with the room."""
        if event.event != "participant_left" or event.participant is None:
            return
        for stored in self._by_id.values():
            publisher = stored.publisher
            if publisher is not None and publisher.sid == event.participant.sid:
                if not publisher.connected:
                    self._finish(stored, _STATUS.ENDPOINT_COMPLETE, "")
                return

    def _start_when_due(self, stored: StoredIngress, at: float) -> None:
        """Play a pulled URL; if that fails, the state shows it."""
        stored.due = math.inf
        try:
            self._start(stored, at)
        except (APIError, ValueError) as error:
            text = error.message if isinstance(error, APIError) else str(error)
            stored.info.state = IngressState(status=_STATUS.ENDPOINT_ERROR, error=text)
            self._emit("ingress_ended", stored, at)

    def _start(self, stored: StoredIngress, at: float | None) -> SimulatedParticipant:
        info = stored.info
        if stored.publisher is not None and stored.publisher.connected:
            return stored.publisher
        if info.enabled is False:
            raise ValueError(f"ingress {info.ingress_id} is disabled")
        if not info.room_name:
            raise ValueError(
                f"ingress {info.ingress_id} has no room: set one with update_ingress first"
            )
        stored.due = math.inf
        stored.publisher = publisher = join_as_service(
            self._rooms,
            info.room_name,
            info.participant_identity,
            kind="ingress",
            name=info.participant_name,
            metadata=info.participant_metadata,
        )
        video, audio = info.video, info.audio
        publisher.publish(
            (video.name if video else "") or "video",
            source=(video.source if video else 0) or TrackSource.CAMERA,
            type=TrackType.VIDEO,
        )
        publisher.publish(
            (audio.name if audio else "") or "audio",
            source=(audio.source if audio else 0) or TrackSource.MICROPHONE,
        )
        now = self._now(at)
        info.state = IngressState(
            status=_STATUS.ENDPOINT_PUBLISHING,
            room_id=publisher.room.info.sid,
            started_at=now,
            updated_at=now,
            resource_id=self._resource_of(stored),
            tracks=[track.copy() for track in publisher.tracks],
        )
        self._emit("ingress_started", stored, at)
        return publisher

    def _finish(self, stored: StoredIngress, status: IngressState.Status, error: str) -> None:
        state = stored.info.state
        stored.due = math.inf
        if state is None or state.status not in _LIVE:
            return
        state.status, state.error = status, error
        state.ended_at = state.updated_at = self._now()
        stored.resource = ""
        if stored.publisher is not None:
            stored.publisher.leave()
        self._emit("ingress_ended", stored)

    def _resource_of(self, stored: StoredIngress) -> str:
        if not stored.resource:
            self._resources += 1
            stored.resource = f"RES_{self._resources}"
        return stored.resource

    def _now(self, at: float | None = None) -> int:
        """Unix time in nanoseconds, the unit of all ingress times."""
        return int((self._runtime.clock.now() if at is None else at) * 1_000_000_000)

    def _emit(self, name: str, stored: StoredIngress, at: float | None = None) -> None:
        """A webhook event; it only has the room's name, without the sid, as recorded."""
        room = Room(name=stored.info.room_name)
        event = WebhookEvent(event=name, room=room, ingress_info=stored.info.copy())
        self._events.emit(event, at=at)
