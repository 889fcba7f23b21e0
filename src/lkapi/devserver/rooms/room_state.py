"""The state of one room, and when a room closes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.devserver.rooms.participants import ReceivedData, SimulatedParticipant
from lkapi.protocol.agent_dispatch import AgentDispatch
from lkapi.protocol.models import Codec, Room

if TYPE_CHECKING:
    from lkapi.protocol.room import CreateRoomRequest, SendDataRequest

__all__ = ["ENABLED_CODECS", "PUBLISH_CODECS", "RoomState"]

EMPTY_TIMEOUT: Final = 300
DEPARTURE_TIMEOUT: Final = 20
_AUDIO: Final = ("audio/PCMU", "audio/PCMA", "audio/opus", "audio/red")
_VIDEO: Final = ("video/VP8", "video/H264", "video/VP9", "video/AV1", "video/H265")
ENABLED_CODECS: Final = (*_AUDIO, *_VIDEO, "video/rtx")
PUBLISH_CODECS: Final = (*_VIDEO, *_AUDIO)
_REMEMBERED_NONCES: Final = 4096


@attrs.define(eq=False)
class RoomState:
    """A room that is open."""

    info: Room
    """The room as API responses show it."""
    request: CreateRoomRequest
    """The request that opened it: playout delays, tags and egress are kept here."""
    created_at: float
    participants: dict[str, SimulatedParticipant] = attrs.field(
        factory=dict[str, SimulatedParticipant]
    )
    """By identity."""
    dispatches: dict[str, AgentDispatch] = attrs.field(factory=dict[str, AgentDispatch])
    """Agent dispatches by id."""
    left_at: float | None = None
    """Unix time at which the last participant left; None before that."""
    counted_at: float = 0.0
    nonces: OrderedDict[bytes, None] = attrs.field(factory=OrderedDict[bytes, None])

    @property
    def name(self) -> str:
        """Name of the room."""
        return self.info.name

    def ends_at(self) -> float | None:
        """When the room closes if nothing happens; the server works in whole seconds."""
        if any(not participant.dependent for participant in self.participants.values()):
            return None
        if self.left_at is None:
            return int(self.created_at) + self.info.empty_timeout
        return int(self.left_at) + self.info.departure_timeout

    def is_full(self, joining: str) -> bool:
        """Whether the room accepts no further participant with a new identity."""
        limit = self.info.max_participants
        others = sum(
            not participant.dependent
            for identity, participant in self.participants.items()
            if identity != joining
        )
        return 0 < limit <= others

    def add(self, participant: SimulatedParticipant) -> None:
        """Add a participant."""
        self.participants[participant.identity] = participant
        self.set_recording()

    def remove(self, participant: SimulatedParticipant, now: float) -> None:
        """Remove a participant; another one that has its identity by now stays."""
        if self.participants.get(participant.identity) is participant:
            del self.participants[participant.identity]
        self.left_at = now
        self.set_recording()

    def show(self, now: float, count_delay: float = 0.0) -> Room:
        """A copy of ``info`` whose counts are at most so many seconds old."""
        if now - self.counted_at >= count_delay:
            self.count(now)
        return self.info.copy()

    def count(self, now: float) -> None:
        """Update the counts that responses show."""
        here = self.participants.values()
        self.info.num_participants = sum(not participant.dependent for participant in here)
        self.info.num_publishers = sum(participant.info.is_publisher for participant in here)
        self.counted_at = now

    def set_recording(self) -> None:
        """Update at once whether a recorder is in the room."""
        here = self.participants.values()
        self.info.active_recording = any(who.permission.recorder for who in here)

    def deliver(self, request: SendDataRequest) -> None:
        """Deliver a data packet to its destinations, once for each nonce."""
        if request.nonce and not self._is_new(request.nonce):
            return
        packet = ReceivedData(request.data, request.topic or "", request.kind)
        sids, identities = request.destination_sids, request.destination_identities
        for participant in self.participants.values():
            everyone = not sids and not identities
            meant = everyone or participant.sid in sids or participant.identity in identities
            if meant and participant.active:
                participant.received.append(packet)

    def _is_new(self, nonce: bytes) -> bool:
        if nonce in self.nonces:
            return False
        self.nonces[nonce] = None
        if len(self.nonces) > _REMEMBERED_NONCES:
            self.nonces.popitem(last=False)
        return True


def make_codecs(mimes: tuple[str, ...]) -> list[Codec]:
    """Codecs by their MIME types."""
    return [Codec(mime=mime) for mime in mimes]
