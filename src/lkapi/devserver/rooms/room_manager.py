"""The open rooms of a world: opening and closing them, and participants who leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.rooms.dispatches import dispatches_of_room, make_dispatch
from lkapi.devserver.rooms.limits import MAX_NAME, size
from lkapi.devserver.rooms.presets import fill_request
from lkapi.devserver.rooms.room_state import (
    DEPARTURE_TIMEOUT,
    EMPTY_TIMEOUT,
    ENABLED_CODECS,
    RoomState,
    make_codecs,
)
from lkapi.devserver.rooms.saved_rooms import load_rooms, save_rooms
from lkapi.errors import InvalidArgumentError, UnknownError
from lkapi.protocol.agent_dispatch import AgentDispatch, RoomAgentDispatch
from lkapi.protocol.models import DisconnectReason, ParticipantInfo, Room, TrackInfo
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.events.log import EventLog
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.room import CreateRoomRequest

__all__ = ["RoomManager"]

OpenedCallback = Callable[[RoomState], None]
ClosingCallback = Callable[[RoomState, "float | None"], None]
DispatchedCallback = Callable[[RoomState, AgentDispatch], None]
DispatchDeletedCallback = Callable[[AgentDispatch], None]


class RoomManager:
    """The rooms that are open, by name."""

    def __init__(self, runtime: Runtime, events: EventLog) -> None:
        self.runtime = runtime
        self._events = events
        self._rooms: dict[str, RoomState] = {}
        self._on_opened: list[OpenedCallback] = []
        self._on_closing: list[ClosingCallback] = []
        self._on_dispatched: list[DispatchedCallback] = []
        self._on_dispatch_deleted: list[DispatchDeletedCallback] = []
        runtime.add_due_work(self._close_due_rooms)

    def on_opened(self, callback: OpenedCallback) -> None:
        """Call a function with each room that has been opened."""
        self._on_opened.append(callback)

    def on_closing(self, callback: ClosingCallback) -> None:
        """Call a function with each room that closes, after everybody has left it.

        Its second argument is the Unix time at which the room closed, None for now.
        """
        self._on_closing.append(callback)

    def on_dispatched(self, callback: DispatchedCallback) -> None:
        """Call a function with each dispatch of an agent, after its room is open."""
        self._on_dispatched.append(callback)

    def on_dispatch_deleted(self, callback: DispatchDeletedCallback) -> None:
        """Call a function with each dispatch that is deleted."""
        self._on_dispatch_deleted.append(callback)

    # rooms

    def names(self) -> list[str]:
        """Names of the open rooms, without closing rooms that are due first."""
        return sorted(self._rooms)

    def all(self) -> Mapping[str, RoomState]:
        """The open rooms by name; rooms that are due are closed first."""
        with self.runtime.lock:
            self.runtime.settle()
            return dict(self._rooms)

    def find(self, name: str) -> RoomState | None:
        """The open room of a name; a room that is due is closed first."""
        with self.runtime.lock:
            self.runtime.settle()
            return self._rooms.get(name)

    def get(self, name: str) -> RoomState | None:
        """The open room of a name, without closing rooms that are due first."""
        return self._rooms.get(name)

    def create(self, request: CreateRoomRequest) -> tuple[RoomState, bool]:
        """Open a room, or find the open one, which stays unchanged; also return whether it is new.

        Raises:
            InvalidArgumentError: the name is too long, or the preset unknown.
            UnknownError: ``node_id`` is not this server's.
        """
        with self.runtime.lock:
            self.runtime.settle()
            self._check_create(request)
            existing = self._rooms.get(request.name)
            if existing is not None:
                return existing, False
            preset = self.runtime.config.presets.get(request.room_preset)
            filled = request.copy() if preset is None else fill_request(request, preset)
            return self._open(filled), True

    def close(self, name: str, reason: DisconnectReason, *, at: float | None = None) -> bool:
        """Disconnect everyone and close the room; False if there is none.

        Args:
            name: name of the room.
            reason: why the participants are disconnected.
            at: Unix time of the closing; now by default.
        """
        with self.runtime.lock:
            room = self._rooms.pop(name, None)
            if room is None:
                return False
            for participant in list(room.participants.values()):
                self.disconnect(participant, reason)
            for callback in self._on_closing:
                callback(room, at)
            self._emit_room("room_finished", room, at=at)
            return True

    def show(self, room: RoomState) -> Room:
        """A room as the API shows it; its counts are as old as the configuration says."""
        return room.show(self.runtime.clock.now(), self.runtime.config.count_delay)

    def _check_create(self, request: CreateRoomRequest) -> None:
        if size(request.name) > MAX_NAME:
            text = f"room name length exceeds limits: max length {MAX_NAME}"
            raise inner_error(InvalidArgumentError, "invalid_argument", text)
        if request.room_preset and request.room_preset not in self.runtime.config.presets:
            text = "unknown room configuration in create room request"
            raise inner_error(InvalidArgumentError, "invalid_argument", text)
        if request.node_id and request.node_id != self.runtime.node_id:
            raise inner_error(UnknownError, "unknown", "could not find node")

    def _open(self, request: CreateRoomRequest) -> RoomState:
        now = self.runtime.clock.now()
        info = Room(
            sid=self.runtime.ids.make("RM_"),
            name=request.name,
            empty_timeout=request.empty_timeout or EMPTY_TIMEOUT,
            departure_timeout=request.departure_timeout or DEPARTURE_TIMEOUT,
            max_participants=request.max_participants,
            creation_time=int(now),
            creation_time_ms=int(now * 1000),
            turn_password=self.runtime.ids.turn_password(),
            enabled_codecs=make_codecs(ENABLED_CODECS),
            metadata=request.metadata,
        )
        room = RoomState(info, request, now, counted_at=now)
        self._rooms[request.name] = room
        for dispatch in dispatches_of_room(self.runtime, request):
            room.dispatches[dispatch.id] = dispatch
        self._emit_room("room_started", room)
        for callback in self._on_opened:
            callback(room)
        for dispatch in list(room.dispatches.values()):
            self._tell_of(room, dispatch)
        return room

    # dispatches

    def add_dispatch(self, room: RoomState, agent: RoomAgentDispatch) -> AgentDispatch:
        """Dispatch an agent to an open room; returns the dispatch before any worker accepts it."""
        dispatch = make_dispatch(self.runtime, room.name, agent)
        room.dispatches[dispatch.id] = dispatch
        made = dispatch.copy()
        self._tell_of(room, dispatch)
        return made

    def delete_dispatch(self, room: RoomState, dispatch_id: str) -> AgentDispatch | None:
        """Delete a dispatch and its jobs; None if there is none."""
        dispatch = room.dispatches.pop(dispatch_id, None)
        if dispatch is not None:
            for callback in self._on_dispatch_deleted:
                callback(dispatch)
        return dispatch

    def _tell_of(self, room: RoomState, dispatch: AgentDispatch) -> None:
        for callback in self._on_dispatched:
            callback(room, dispatch)

    def _close_due_rooms(self) -> None:
        """Close the rooms whose timeouts have passed, in the order in which they did."""
        now = int(self.runtime.clock.now())
        ends = [(room.ends_at(), name) for name, room in self._rooms.items()]
        due = sorted((end, name) for end, name in ends if end is not None and end <= now)
        for end, name in due:
            self.close(name, DisconnectReason.ROOM_CLOSED, at=end)

    # snapshots

    def save(self, people: People) -> dict[str, Any]:
        """The rooms as part of a snapshot, with every participant that other parts refer to."""
        return save_rooms(self._rooms, people)

    def load(self, saved: Saved) -> tuple[People, Callable[[], None]]:
        """Read what ``save`` wrote: the participants, and a function that puts the rooms in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        rooms, people = load_rooms(saved, self.runtime, self)

        def put() -> None:
            self._rooms = rooms

        return people, put

    # participants

    def find_participant(self, room: str, identity: str) -> SimulatedParticipant | None:
        """The participant with an identity in an open room."""
        state = self.find(room)
        return None if state is None else state.participants.get(identity)

    def disconnect(self, participant: SimulatedParticipant, reason: DisconnectReason) -> None:
        """Disconnect a participant; nothing happens if it has already left."""
        if not participant.connected:
            return
        for track in list(participant.info.tracks):
            participant.unpublish(track.sid)
        was_active = participant.active
        participant.disconnect_reason = reason
        participant.info.state = ParticipantInfo.State.DISCONNECTED
        participant.info.disconnect_reason = reason
        participant.touch()
        participant.room.remove(participant, self.runtime.clock.now())
        name = "participant_left" if was_active else "participant_connection_aborted"
        self.emit_participant(name, participant)
        for copy in participant.copies:
            self.disconnect(copy, reason)

    # events

    def emit_participant(self, name: str, participant: SimulatedParticipant) -> None:
        """Log an event of a participant, with the whole room."""
        now, count_delay = self.runtime.clock.now(), self.runtime.config.count_delay
        event = WebhookEvent(
            event=name,
            room=participant.room.show(now, count_delay),
            participant=participant.info.copy(),
        )
        self._events.emit(event)

    def emit_track(self, name: str, participant: SimulatedParticipant, track: TrackInfo) -> None:
        """Log an event of a track; room and participant are only named, as recorded."""
        room = participant.room.info
        event = WebhookEvent(
            event=name,
            room=Room(sid=room.sid, name=room.name),
            participant=ParticipantInfo(sid=participant.sid, identity=participant.identity),
            track=track.copy(),
        )
        self._events.emit(event)

    def _emit_room(self, name: str, room: RoomState, *, at: float | None = None) -> None:
        self._events.emit(WebhookEvent(event=name, room=self.show(room)), at=at)
