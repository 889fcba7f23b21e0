"""Egress: recordings and streams through their lifecycle (recorded behaviours 8 to 10 and 52).

The server's part (ids, listing, refusals) is as recorded. The worker's part is simulated: it takes
``starts_after`` seconds to become active and ``ends_after`` to end, or is controlled by hand.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.media.automatic_egress import (
    participant_request,
    room_request,
    track_request,
)
from lkapi.devserver.media.egress_outputs import check_request, finish_results, start_results
from lkapi.devserver.media.recording import Recording
from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.devserver.runtime.forgetting import forget_oldest
from lkapi.errors import APIError
from lkapi.protocol.egress import (
    EgressInfo,
    EgressSourceType,
    EgressStatus,
    StreamInfo,
)
from lkapi.protocol.models import Room
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.events.log import EventLog
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.message import Message

__all__ = ["Egresses"]

_log = logging.getLogger("lkapi.devserver")
_FROM_BROWSER: Final = ("room_composite", "web")
_RECORDER: Final = {"hidden": True, "recorder": True, "canPublish": False}


class Egresses:
    """Every egress of a world, oldest first."""

    def __init__(self, runtime: Runtime, events: EventLog, rooms: RoomManager) -> None:
        self._runtime = runtime
        self._events = events
        self._rooms = rooms
        self._by_id: dict[str, Recording] = {}
        self._running: dict[str, Recording] = {}
        self.starts_after: float | None = 0.7
        """Seconds until an egress is active; None to leave that to ``activate``."""
        self.ends_after: float | None = 0.4
        """Seconds from the stop to the end; None to leave that to ``complete``."""
        self.recorder_joins = True
        """Whether recorders are hidden participants, as real ones are."""
        runtime.add_due_work(self._settle_now)
        events.listen(self._start_for_event)
        rooms.on_opened(self._start_for_room)
        rooms.on_closing(self._stop_for_room)

    # by the API

    def all(self) -> list[EgressInfo]:
        """Every egress so far; of more than ten thousand, the oldest ended ones are deleted."""
        with self._runtime.lock:
            self._runtime.settle()
            return [recording.info.copy() for recording in self._by_id.values()]

    def find(self, egress_id: str) -> Recording | None:
        """One egress by id."""
        with self._runtime.lock:
            self._runtime.settle()
            return self._by_id.get(egress_id)

    def start(self, kind: str, request: Message, room: RoomState | None) -> EgressInfo:
        """Start an egress, as a worker that gets the request would.

        Args:
            kind: name of the field of ``EgressInfo`` that shows the request.
            request: the request, unchanged.
            room: the room to record, None for a web page.

        Raises:
            InvalidArgumentError: the worker cannot do this.
        """
        with self._runtime.lock:
            check_request(kind, request, cloud=self._runtime.config.cloud)
            info = self._make_info(kind, request, room)
            recording = Recording(info, due=self._due_after(self.starts_after))
            self._by_id[info.egress_id] = self._running[info.egress_id] = recording
            forget_oldest(self._by_id, lambda each: not each.running)
            self._emit("egress_started", recording)
            return info.copy()

    def _make_info(self, kind: str, request: Message, room: RoomState | None) -> EgressInfo:
        sources = EgressSourceType
        from_browser = kind in _FROM_BROWSER or _wants_browser(request)
        source = sources.EGRESS_SOURCE_TYPE_WEB if from_browser else sources.EGRESS_SOURCE_TYPE_SDK
        fields: dict[str, Any] = {kind: request.copy()}
        return EgressInfo(
            egress_id=self._runtime.ids.make("EG_"),
            room_id=room.info.sid if room is not None else "",
            room_name=room.name if room is not None else "",
            source_type=source,
            updated_at=self._now(),
            **fields,
        )

    def stop(self, recording: Recording, *, at: float | None = None) -> EgressInfo:
        """Tell the worker to end a running egress."""
        info = recording.info
        if info.status != EgressStatus.EGRESS_ENDING:
            self._set_status(recording, EgressStatus.EGRESS_ENDING, at)
            recording.due = self._due_after(self.ends_after, at)
            self._emit("egress_updated", recording, at)
        return info.copy()

    def change_streams(self, recording: Recording, add: list[str], remove: list[str]) -> EgressInfo:
        """Begin and end single streams of a running egress."""
        now, info = self._now(), recording.info
        info.stream_results += [StreamInfo(url=url, started_at=now) for url in add]
        for stream in info.stream_results:
            if stream.url in remove and stream.status == StreamInfo.Status.ACTIVE:
                stream.status = StreamInfo.Status.FINISHED
                stream.ended_at = now
                stream.duration = now - stream.started_at
        info.updated_at = now
        return info.copy()

    # by hand

    def activate(self, egress_id: str) -> None:
        """Let a starting egress become active.

        Raises:
            KeyError: there is no egress with the id.
        """
        with self._runtime.lock:
            recording = self._by_id[egress_id]
            if recording.info.status == EgressStatus.EGRESS_STARTING:
                self._activate(recording)

    def complete(self, egress_id: str) -> None:
        """Complete an egress, with the results of its outputs.

        Raises:
            KeyError: there is no egress with the id.
        """
        self._end_by_hand(egress_id, EgressStatus.EGRESS_COMPLETE)

    def fail(self, egress_id: str, error: str, *, code: int = 500) -> None:
        """End an egress with an error.

        Raises:
            KeyError: there is no egress with the id.
        """
        self._end_by_hand(egress_id, EgressStatus.EGRESS_FAILED, error, code)

    def abort(self, egress_id: str, error: str = "Start signal not received") -> None:
        """End an egress that never became active.

        Raises:
            KeyError: there is no egress with the id.
        """
        self._end_by_hand(egress_id, EgressStatus.EGRESS_ABORTED, error, 412)

    def limit(self, egress_id: str, error: str = "Session limit reached") -> None:
        """End an egress because it has reached its time limit; its results are kept.

        Raises:
            KeyError: there is no egress with the id.
        """
        self._end_by_hand(egress_id, EgressStatus.EGRESS_LIMIT_REACHED, error, 413)

    # snapshots

    def save(self, people: People) -> dict[str, Any]:
        """Every egress as part of a snapshot; a running one continues after a restart."""
        return {
            "egresses": [recording.save(people) for recording in self._by_id.values()],
            "starts_after": self.starts_after,
            "ends_after": self.ends_after,
            "recorder_joins": self.recorder_joins,
        }

    def load(self, saved: Saved, people: People) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        recordings = [Recording.load(item, people) for item in saved.at("egresses").items()]
        starts_after = saved.at("starts_after").maybe_number()
        ends_after = saved.at("ends_after").maybe_number()
        recorder_joins = saved.at("recorder_joins").flag()

        def put() -> None:
            self._by_id = {each.info.egress_id: each for each in recordings}
            self._running = {key: each for key, each in self._by_id.items() if each.running}
            self.starts_after, self.ends_after = starts_after, ends_after
            self.recorder_joins = recorder_joins

        return put

    # by what happens in the world

    def _start_for_room(self, room: RoomState) -> None:
        """Start the egress of a whole room that CreateRoom requested."""
        request = room_request(room)
        if request is not None and self._runtime.config.has_egress:
            self._try_start("room_composite", request, room)

    def _start_for_event(self, event: WebhookEvent) -> None:
        """Start the egress that CreateRoom requested for each participant or track."""
        room = self._rooms.get(event.room.name) if event.room is not None else None
        if room is None or not self._runtime.config.has_egress:
            return
        participant_egress = participant_request(event, room)
        if participant_egress is not None:
            self._try_start("participant", participant_egress, room)
        track_egress = track_request(event, room)
        if track_egress is not None:
            self._try_start("track", track_egress, room)

    def _try_start(self, kind: str, request: Message, room: RoomState) -> None:
        """Rooms open and participants join even if their recording does not start (recorded)."""
        try:
            self.start(kind, request, room)
        except APIError as error:
            _log.warning("no automatic egress of room %r: %s", room.name, error.message)

    def _stop_for_room(self, room: RoomState, at: float | None) -> None:
        """Stop the egress of a room that has closed."""
        self._settle(self._runtime.clock.now() if at is None else at)
        for recording in list(self._running.values()):
            if recording.info.room_id == room.info.sid:
                self.stop(recording, at=at)

    def _settle_now(self) -> None:
        """Let workers do what is due, in the order of time."""
        self._settle(self._runtime.clock.now())

    def _settle(self, now: float) -> None:
        while True:
            due = [recording for recording in self._running.values() if recording.due <= now]
            if not due:
                return
            self._advance(min(due, key=lambda rec: rec.due))

    def _advance(self, recording: Recording) -> None:
        at, recording.due = recording.due, math.inf
        if recording.info.status == EgressStatus.EGRESS_STARTING:
            self._activate(recording, at)
        elif recording.info.started_at:
            self._end(recording, EgressStatus.EGRESS_COMPLETE, at=at)
        else:
            stopped = "Stop called before pipeline could start"
            self._end(recording, EgressStatus.EGRESS_ABORTED, stopped, 412, at=at)

    def _activate(self, recording: Recording, at: float | None = None) -> None:
        info = recording.info
        self._set_status(recording, EgressStatus.EGRESS_ACTIVE, at)
        info.started_at = info.updated_at
        recording.due = math.inf
        start_results(info)
        self._join_recorder(recording)
        self._emit("egress_updated", recording, at)

    def _join_recorder(self, recording: Recording) -> None:
        name, identity = recording.info.room_name, recording.info.egress_id
        room = self._rooms.get(name)
        if not self.recorder_joins or room is None or room.is_full(identity):
            return
        flags = _RECORDER
        recording.recorder = join_as_service(
            self._rooms, name, identity, kind="egress", flags=flags
        )

    def _end_by_hand(
        self, egress_id: str, status: EgressStatus, error: str = "", code: int = 0
    ) -> None:
        with self._runtime.lock:
            self._runtime.settle()
            recording = self._by_id[egress_id]
            if recording.running:
                self._end(recording, status, error, code)

    def _end(
        self,
        recording: Recording,
        status: EgressStatus,
        error: str = "",
        code: int = 0,
        *,
        at: float | None = None,
    ) -> None:
        info = recording.info
        self._set_status(recording, status, at)
        del self._running[info.egress_id]
        recording.due = math.inf
        info.ended_at = info.updated_at
        info.error, info.error_code = error, code
        finish_results(info)
        if recording.recorder is not None:
            recording.recorder.leave()
        self._emit("egress_ended", recording, at)

    def _set_status(
        self, recording: Recording, status: EgressStatus, at: float | None = None
    ) -> None:
        recording.info.status = status
        recording.info.updated_at = self._now(at)

    def _now(self, at: float | None = None) -> int:
        """Unix time in nanoseconds, the unit of all egress times."""
        return int((self._runtime.clock.now() if at is None else at) * 1_000_000_000)

    def _due_after(self, seconds: float | None, at: float | None = None) -> float:
        now = self._runtime.clock.now() if at is None else at
        return math.inf if seconds is None else now + seconds

    def _emit(self, name: str, recording: Recording, at: float | None = None) -> None:
        """A webhook event; it only has the room's name, as recorded."""
        info = recording.info
        room = Room(sid=info.room_id, name=info.room_name)
        event = WebhookEvent(event=name, room=room, egress_info=info.copy())
        self._events.emit(event, at=at)


def _wants_browser(request: Message) -> bool:
    """Whether a request of the unified form records a page: a template or a URL."""
    return any(getattr(request, source, None) is not None for source in ("template", "web"))
