"""Calls of WhatsApp and Twilio into rooms; LiveKit Cloud only, so no recording exists.

A WhatsApp call is dialled, then connected with the SDP from WhatsApp, or accepted at once. A Twilio
call waits until Twilio opens the URL that it got.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.errors import NotFoundError
from lkapi.protocol.models import DisconnectReason
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.protocol.connector_twilio import ConnectTwilioCallRequest
    from lkapi.protocol.connector_whatsapp import (
        AcceptWhatsAppCallRequest,
        DialWhatsAppCallRequest,
    )

    Request = DialWhatsAppCallRequest | AcceptWhatsAppCallRequest | ConnectTwilioCallRequest

__all__ = ["ConnectedCall", "Connectors"]


@attrs.define(eq=False, kw_only=True)
class ConnectedCall:
    """A call of another service, with its participant when it is connected."""

    call_id: str
    """WhatsApp's id, or the URL given to Twilio."""
    service: Literal["whatsapp", "twilio"]
    room_name: str
    identity: str
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = attrs.field(factory=dict[str, str])
    participant: SimulatedParticipant | None = attrs.field(default=None, repr=False)


class Connectors:
    """The calls of a world that come through other services, by id."""

    def __init__(self, runtime: Runtime, rooms: RoomManager) -> None:
        self._runtime = runtime
        self._rooms = rooms
        self.by_id: dict[str, ConnectedCall] = {}

    def open(
        self, service: Literal["whatsapp", "twilio"], call_id: str, request: Request
    ) -> ConnectedCall:
        """Open the room of a call and dispatch its agents; ``connect`` adds its participant."""
        ids = self._runtime.ids
        room_name = request.room_name or ids.make(f"{service}-")
        room, created = self._rooms.create(
            CreateRoomRequest(name=room_name, agents=list(request.agents))
        )
        if not created:
            for agent in request.agents:
                self._rooms.add_dispatch(room, agent)
        opened = ConnectedCall(
            call_id=call_id,
            service=service,
            room_name=room_name,
            identity=request.participant_identity or f"{service}_{ids.make('')}",
            name=request.participant_name,
            metadata=request.participant_metadata,
            attributes=dict(request.participant_attributes),
        )
        self.by_id[call_id] = opened
        return opened

    def find(self, call_id: str) -> ConnectedCall:
        """The call with an id.

        Raises:
            NotFoundError: there is none, or it has ended.
        """
        with self._runtime.lock:
            found = self.by_id.get(call_id)
            if found is None:
                raise NotFoundError("not_found", "requested call does not exist")
            return found

    def connect(self, call_id: str) -> SimulatedParticipant:
        """Let the far end of a call join its room, as Twilio does when it opens the URL.

        Raises:
            NotFoundError: there is no such call.
        """
        with self._runtime.lock:
            opened = self.find(call_id)
            if opened.participant is None or not opened.participant.connected:
                opened.participant = join_as_service(
                    self._rooms,
                    opened.room_name,
                    opened.identity,
                    kind="connector",
                    name=opened.name,
                    metadata=opened.metadata,
                    attributes=opened.attributes,
                )
            return opened.participant

    def disconnect(self, call_id: str) -> None:
        """End a call: its participant leaves, and its id is deleted.

        Raises:
            NotFoundError: there is no such call.
        """
        with self._runtime.lock:
            participant = self.find(call_id).participant
            del self.by_id[call_id]
            if participant is not None:
                participant.leave(DisconnectReason.CLIENT_INITIATED)

    def save(self, people: People) -> list[dict[str, Any]]:
        """The calls as part of a snapshot."""
        return [_save(opened, people) for opened in self.by_id.values()]

    def load(self, saved: Saved, people: People) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        calls = [_load(item, people) for item in saved.items()]

        def put() -> None:
            self.by_id = {opened.call_id: opened for opened in calls}

        return put


def _save(opened: ConnectedCall, people: People) -> dict[str, Any]:
    return {
        "call_id": opened.call_id,
        "service": opened.service,
        "room_name": opened.room_name,
        "identity": opened.identity,
        "name": opened.name,
        "metadata": opened.metadata,
        "attributes": opened.attributes,
        "participant": people.refer(opened.participant),
    }


def _load(saved: Saved, people: People) -> ConnectedCall:
    return ConnectedCall(
        call_id=saved.at("call_id").text(),
        service="twilio" if saved.at("service").text() == "twilio" else "whatsapp",
        room_name=saved.at("room_name").text(),
        identity=saved.at("identity").text(),
        name=saved.at("name").text(),
        metadata=saved.at("metadata").text(),
        attributes=saved.at("attributes").pairs(),
        participant=people.find_if_any(saved.at("participant")),
    )
