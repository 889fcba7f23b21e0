"""The state of one embedded server: rooms, who is in them, and the rules by which they come and go.

No HTTP here. Every method takes the world's lock, so threads and event loops may share a world.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import attrs

from lkapi.devserver.events.log import EventLog
from lkapi.devserver.http.claims import Claims, TokenRefused, read_claims
from lkapi.devserver.http.refusals import JoinRefused, inner
from lkapi.devserver.media.egresses import Egresses
from lkapi.devserver.media.ingresses import Ingresses
from lkapi.devserver.rooms import joining
from lkapi.devserver.rooms.dispatches import dispatches_of_room
from lkapi.devserver.rooms.limits import MAX_NAME, size
from lkapi.devserver.rooms.presets import fill_request
from lkapi.devserver.rooms.room_state import (
    DEPARTURE_TIMEOUT,
    EMPTY_TIMEOUT,
    ENABLED_CODECS,
    RoomState,
    make_codecs,
)
from lkapi.devserver.rooms.sessions import Sessions
from lkapi.devserver.runtime.clock import Clock, SystemClock
from lkapi.devserver.runtime.config import Profile, WorldConfig
from lkapi.devserver.runtime.ids import Ids
from lkapi.devserver.telephony.callees import Callees
from lkapi.devserver.telephony.calls import Calls
from lkapi.devserver.telephony.connectors import Connectors
from lkapi.devserver.telephony.numbers import Numbers
from lkapi.devserver.telephony.rules import Rules
from lkapi.devserver.telephony.trunks import Trunks
from lkapi.errors import InvalidArgumentError, UnknownError
from lkapi.protocol.models import ClientInfo, DisconnectReason, ParticipantInfo, Room

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.protocol.room import CreateRoomRequest

__all__ = ["World"]


class World:
    """A LiveKit server's state, without a server.

    Args:
        profile: ``cloud`` (the default) or ``self-hosted``.
        keys: API secret of each API key; ``devkey`` and ``secret`` by default.
        clock: by default the computer's, with the server's waits skipped.
        ids: where new ids come from; random by default.
        config: everything else an operator can set; ``profile`` and ``keys`` go before it.
    """

    def __init__(
        self,
        profile: Profile | None = None,
        *,
        keys: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
        config: WorldConfig | None = None,
    ) -> None:
        said: dict[str, Any] = {"profile": profile, "keys": keys}
        given = {name: value for name, value in said.items() if value is not None}
        self.config = attrs.evolve(config or WorldConfig(), **given)
        self.clock: Clock = clock or SystemClock()
        self.ids = ids or Ids()
        self.lock = threading.RLock()
        self.events = EventLog(self)
        self.node_id = self.ids.make("ND_")
        self._rooms: dict[str, RoomState] = {}
        self._settling = False
        self.trunks = Trunks(self)
        self.rules = Rules(self)
        self.callees = Callees(self)
        self.calls = Calls(self)
        self.egresses = Egresses(self)
        self.ingresses = Ingresses(self)
        self.numbers = Numbers(self)
        self.connectors = Connectors(self)
        self.sessions = Sessions(self)
        self.events.listen(self.sessions.follow)
        self.events.listen(self.egresses.follow_event)

    def __repr__(self) -> str:
        return f"<World {self.config.profile}, rooms {sorted(self._rooms)}>"

    # rooms

    @property
    def rooms(self) -> Mapping[str, RoomState]:
        """The rooms that are open, by name; those whose time is over are closed first."""
        with self.lock:
            self.settle()
            return dict(self._rooms)

    def find_room(self, name: str) -> RoomState | None:
        """The open room of a name."""
        with self.lock:
            self.settle()
            return self._rooms.get(name)

    def create_room(self, request: CreateRoomRequest) -> tuple[RoomState, bool]:
        """Open a room, or answer the one that is open, unchanged; and whether it is new.

        Raises:
            InvalidArgumentError: the name is too long, or the preset unknown.
            UnknownError: ``node_id`` is not this server's.
        """
        with self.lock:
            self.settle()
            self._check_create(request)
            existing = self._rooms.get(request.name)
            if existing is not None:
                return existing, False
            return self._open_room(self._apply_preset(request)), True

    def close_room(
        self,
        name: str,
        reason: DisconnectReason = DisconnectReason.ROOM_DELETED,
        *,
        at: float | None = None,
    ) -> bool:
        """Disconnect everyone and forget the room; False when there is none."""
        with self.lock:
            room = self._rooms.pop(name, None)
            if room is None:
                return False
            for participant in list(room.participants.values()):
                self.disconnect(participant, reason)
            self.egresses.close_room(room, at=at)
            self.events.room("room_finished", room, at=at)
            return True

    def settle(self) -> None:
        """Let happen what is due: rooms close, calls ring, recorders start and stop."""
        if self._settling:
            return
        self._settling = True
        try:
            self._close_due_rooms()
            self.calls.settle()
            self.egresses.settle()
            self.ingresses.settle()
        finally:
            self._settling = False

    def open_room(self, name: str) -> RoomState | None:
        """The open room of a name as things stand, without letting anything happen first."""
        return self._rooms.get(name)

    def _close_due_rooms(self) -> None:
        """Close the rooms whose timeouts have passed, in the order in which they did."""
        now = int(self.clock.now())
        ends = [(room.ends_at(), name) for name, room in self._rooms.items()]
        due = sorted((end, name) for end, name in ends if end is not None and end <= now)
        for end, name in due:
            self.close_room(name, DisconnectReason.ROOM_CLOSED, at=end)

    def show_room(self, room: RoomState) -> Room:
        """A copy of what the API shows of a room, its counts as old as the configuration says."""
        now = self.clock.now()
        if now - room.counted_at >= self.config.count_delay:
            room.count(now)
        return room.info.copy()

    # participants

    def read_token(self, token: str) -> Claims:
        """Check a token by the server's rules.

        Raises:
            TokenRefused: with the text of the 401 answer.
        """
        return read_claims(token, self.config.keys, self.clock.token_now())

    def join(
        self,
        token: str,
        *,
        active: bool = True,
        publish: str = "",
        attributes: Mapping[str, str] | None = None,
        client_protocol: int = 0,
        capabilities: Sequence[ClientInfo.Capability] = (),
    ) -> SimulatedParticipant:
        """Let a simulated participant into the room that its token names.

        Args:
            token: a JWT such as a real client would be given.
            active: whether media comes up at once; without it the participant stays JOINED.
            publish: the query parameter of that name; such a connection only publishes.
            attributes: attributes that the client sends along, which need ``canUpdateOwnMetadata``.
            client_protocol: what the client says it speaks.
            capabilities: what the client says it can do.

        Raises:
            JoinRefused: with the status and text that a client would have been answered.
        """
        with self.lock:
            self.settle()
            try:
                claims = self.read_token(token)
            except TokenRefused as error:
                raise JoinRefused(401, str(error)) from None
            joining.check_join(self, claims, publish=publish, attributes=attributes or {})
            participant = joining.enter(self, claims, publish=publish, attributes=attributes or {})
            participant.info.client_protocol = client_protocol
            participant.info.capabilities = list(capabilities)
            if active:
                participant.activate()
            return participant

    def find_participant(self, room: str, identity: str) -> SimulatedParticipant | None:
        """The participant of an identity in an open room."""
        state = self.find_room(room)
        return None if state is None else state.participants.get(identity)

    def disconnect(self, participant: SimulatedParticipant, reason: DisconnectReason) -> None:
        """Let go of a participant, telling why; one who is gone already is left alone."""
        if not participant.connected:
            return
        info, room = participant.info, participant.room
        for track in list(info.tracks):
            participant.unpublish(track.sid)
        joined = participant.active
        if room.participants.get(participant.identity) is participant:
            del room.participants[participant.identity]
        participant.disconnect_reason = reason
        info.state = ParticipantInfo.State.DISCONNECTED
        info.disconnect_reason = reason
        participant.touch()
        room.left_at = self.clock.now()
        room.set_recording()
        name = "participant_left" if joined else "participant_connection_aborted"
        self.events.participant(name, participant)
        for copy in participant.copies:
            self.disconnect(copy, reason)

    def _check_create(self, request: CreateRoomRequest) -> None:
        if size(request.name) > MAX_NAME:
            text = f"room name length exceeds limits: max length {MAX_NAME}"
            raise inner(InvalidArgumentError, "invalid_argument", text)
        if request.room_preset and request.room_preset not in self.config.presets:
            text = "unknown room configuration in create room request"
            raise inner(InvalidArgumentError, "invalid_argument", text)
        if request.node_id and request.node_id != self.node_id:
            raise inner(UnknownError, "unknown", "could not find node")

    def _apply_preset(self, request: CreateRoomRequest) -> CreateRoomRequest:
        preset = self.config.presets.get(request.room_preset)
        return request.copy() if preset is None else fill_request(request, preset)

    def _open_room(self, request: CreateRoomRequest) -> RoomState:
        now = self.clock.now()
        info = Room(
            sid=self.ids.make("RM_"),
            name=request.name,
            empty_timeout=request.empty_timeout or EMPTY_TIMEOUT,
            departure_timeout=request.departure_timeout or DEPARTURE_TIMEOUT,
            max_participants=request.max_participants,
            creation_time=int(now),
            creation_time_ms=int(now * 1000),
            turn_password=self.ids.turn_password(),
            enabled_codecs=make_codecs(ENABLED_CODECS),
            metadata=request.metadata,
        )
        room = RoomState(info, request, now, counted_at=now)
        self._rooms[request.name] = room
        for dispatch in dispatches_of_room(self, request):
            room.dispatches[dispatch.id] = dispatch
        self.events.room("room_started", room)
        self.egresses.follow_room(room, request.egress)
        return room
