"""The state of one embedded server: rooms and participants, phone calls, egress and ingress.

There is no HTTP here. Every method holds the world's lock, so threads and event loops can share a
world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lkapi.devserver.agents.workers import AgentWorkers
from lkapi.devserver.events.world_events import WorldEvents
from lkapi.devserver.http.claims import Claims, TokenRefused, read_claims
from lkapi.devserver.http.errors import JoinRefused
from lkapi.devserver.media.egresses import Egresses
from lkapi.devserver.media.ingresses import Ingresses
from lkapi.devserver.rooms.joining import check_join, enter
from lkapi.devserver.rooms.people import People
from lkapi.devserver.rooms.room_manager import RoomManager
from lkapi.devserver.rooms.sessions import Sessions
from lkapi.devserver.runtime.clock import Clock, SystemClock
from lkapi.devserver.runtime.config import Profile, WorldConfig
from lkapi.devserver.runtime.ids import Ids
from lkapi.devserver.runtime.runtime import Runtime
from lkapi.devserver.snapshots.document import make_document, open_document
from lkapi.devserver.telephony.callees import Callees
from lkapi.devserver.telephony.calls import Calls
from lkapi.devserver.telephony.connectors import Connectors
from lkapi.devserver.telephony.dispatch_rules import DispatchRules
from lkapi.devserver.telephony.inbound import InboundRouting
from lkapi.devserver.telephony.numbers import Numbers
from lkapi.devserver.telephony.trunks import Trunks
from lkapi.protocol.models import ClientInfo, DisconnectReason, Room

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.protocol.room import CreateRoomRequest

__all__ = ["World"]


class World(Runtime):
    """A LiveKit server's state, without a server.

    Args:
        profile: ``cloud`` (the default) or ``self-hosted``.
        keys: API secret of each API key; ``devkey`` and ``secret`` by default.
        clock: by default the computer's clock, without the server's waits.
        ids: source of new ids; random by default.
        config: everything else that an operator can set; ``profile`` and ``keys`` override it.
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
        arguments: dict[str, Any] = {"profile": profile, "keys": keys}
        given = {name: value for name, value in arguments.items() if value is not None}
        settings = config or WorldConfig()
        if given:
            settings = attrs.evolve(settings, **given)
        super().__init__(settings, clock or SystemClock(), ids or Ids())
        self.events = WorldEvents(self)
        self.sessions = Sessions(self, self.events)
        self.room_manager = RoomManager(self, self.events)
        self.trunks = Trunks(self)
        self.rules = DispatchRules(self)
        self.numbers = Numbers(self, self.rules)
        self.callees = Callees(self)
        inbound = InboundRouting(
            self, self.room_manager, trunks=self.trunks, rules=self.rules, numbers=self.numbers
        )
        self.calls = Calls(self, self.room_manager, inbound=inbound, callees=self.callees)
        self.agents = AgentWorkers(self, self.events, self.room_manager)
        self.connectors = Connectors(self, self.room_manager)
        self.egresses = Egresses(self, self.events, self.room_manager)
        self.ingresses = Ingresses(self, self.events, self.room_manager)

    def __repr__(self) -> str:
        return f"<World {self.config.profile}, rooms {self.room_manager.names()}>"

    @property
    def rooms(self) -> Mapping[str, RoomState]:
        """The open rooms, by name; rooms that are due are closed first."""
        return self.room_manager.all()

    def find_room(self, name: str) -> RoomState | None:
        """The open room of a name."""
        return self.room_manager.find(name)

    def create_room(self, request: CreateRoomRequest) -> tuple[RoomState, bool]:
        """Open a room, or find the open one, which stays unchanged; also return whether it is new.

        Raises:
            InvalidArgumentError: the name is too long, or the preset unknown.
            UnknownError: ``node_id`` is not this server's.
        """
        return self.room_manager.create(request)

    def close_room(
        self,
        name: str,
        reason: DisconnectReason = DisconnectReason.ROOM_DELETED,
        *,
        at: float | None = None,
    ) -> bool:
        """Disconnect everyone and close the room; False if there is none."""
        return self.room_manager.close(name, reason, at=at)

    def show_room(self, room: RoomState) -> Room:
        """A room as the API shows it; its counts are as old as the configuration says."""
        return self.room_manager.show(room)

    def read_token(self, token: str) -> Claims:
        """Check a token by the server's rules.

        Raises:
            TokenRefused: with the text of the 401 response.
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
        """Let a simulated participant join the room that its token names.

        Args:
            token: a JWT, as a real client would use.
            active: whether its media connects at once; otherwise the participant stays JOINED.
            publish: the query parameter of that name; such a connection only publishes.
            attributes: attributes from the client, which need ``canUpdateOwnMetadata``.
            client_protocol: the client's version of the signalling protocol.
            capabilities: capabilities that the client announces.

        Raises:
            JoinRefused: with the HTTP status and text that a client would have received.
        """
        with self.lock:
            self.settle()
            try:
                claims = self.read_token(token)
            except TokenRefused as error:
                raise JoinRefused(401, str(error)) from None
            rooms, sent = self.room_manager, attributes or {}
            check_join(rooms, claims, publish=publish, attributes=sent)
            participant = enter(rooms, claims, publish=publish, attributes=sent)
            participant.info.client_protocol = client_protocol
            participant.info.capabilities = list(capabilities)
            if active:
                participant.activate()
            return participant

    def snapshot(self) -> dict[str, Any]:
        """The whole state as a JSON value, for ``restore``, after everything due has happened.

        It contains the passwords of trunks and the credentials of recordings. It does not contain
        the configuration with its API keys, the log of events, agent workers (their jobs continue
        without them), and participants' methods for remote procedure calls, which are Python
        functions.
        """
        with self.lock:
            self.settle()
            people = People()
            parts: dict[str, Any] = {
                "node_id": self.node_id,
                "ids": self.ids.save(),
                "sessions": self.sessions.save(),
                "trunks": self.trunks.save(),
                "rules": self.rules.save(),
                "numbers": self.numbers.save(),
                "callees": self.callees.save(),
                "calls": self.calls.save(people),
                "agents": self.agents.save(people),
                "connectors": self.connectors.save(people),
                "egresses": self.egresses.save(people),
                "ingresses": self.ingresses.save(people),
                "rooms": self.room_manager.save(people),
            }
            return make_document(parts, self.clock.now())

    def restore(self, snapshot: Mapping[str, Any], *, where: str = "snapshot") -> None:
        """Replace this world's state by that of a snapshot, without events.

        What has become due since the snapshot happens next, with the time at which it was due. A
        clock that is behind the snapshot is advanced to its time. Participant objects from before
        no longer belong to a world.

        Args:
            snapshot: the result of ``snapshot``, or read from a file.
            where: its name in errors.

        Raises:
            SnapshotError: naming what cannot be read; the world is then unchanged.
        """
        document = open_document(dict(snapshot), where)
        with self.lock:
            saved, saved_at = document.at("world"), document.at("saved_at").number()
            node_id = saved.at("node_id").text()
            people, put_rooms = self.room_manager.load(saved.at("rooms"))
            steps = [
                put_rooms,
                self.ids.load(saved.at("ids")),
                self.sessions.load(saved.at("sessions")),
                self.trunks.load(saved.at("trunks")),
                self.rules.load(saved.at("rules")),
                self.numbers.load(saved.at("numbers")),
                self.callees.load(saved.at("callees")),
                self.calls.load(saved.at("calls"), people),
                self.agents.load(saved.at("agents"), people),
                self.connectors.load(saved.at("connectors"), people),
                self.egresses.load(saved.at("egresses"), people),
                self.ingresses.load(saved.at("ingresses"), people),
            ]
            self.clock.advance(max(0.0, saved_at - self.clock.now()))
            self.node_id = node_id
            for put in steps:
                put()

    def find_participant(self, room: str, identity: str) -> SimulatedParticipant | None:
        """The participant with an identity in an open room."""
        return self.room_manager.find_participant(room, identity)

    def disconnect(self, participant: SimulatedParticipant, reason: DisconnectReason) -> None:
        """Disconnect a participant; nothing happens if it has already left."""
        self.room_manager.disconnect(participant, reason)
