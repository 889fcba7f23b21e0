"""Simulated participants: their state, the tracks they publish, the data they receive.

One class is both the server's state and the object that a test uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from lkapi.devserver.http.errors import publish_not_permitted
from lkapi.devserver.rooms.rpc import RpcHandler, RpcMethod
from lkapi.devserver.rooms.tracks import make_track
from lkapi.protocol.models import (
    DisconnectReason,
    ParticipantInfo,
    ParticipantPermission,
    TrackInfo,
    TrackSource,
    TrackType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.protocol.models import Room
    from lkapi.protocol.rtc import JoinResponse

__all__ = ["ParticipantHost", "ParticipantRoom", "ReceivedData", "SimulatedParticipant"]

_MICROPHONE = TrackSource.MICROPHONE
_AUDIO = TrackType.AUDIO


@attrs.frozen
class ReceivedData:
    """A data packet, as a participant received it."""

    payload: bytes
    topic: str
    kind: int
    """``DataPacket.Kind``: RELIABLE or LOSSY."""


class ParticipantRoom(Protocol):
    """The part of a room that a participant needs."""

    @property
    def name(self) -> str:
        """Name of the room."""
        ...

    @property
    def info(self) -> Room:
        """What API responses show of the room."""
        ...

    def show(self, now: float, count_delay: float = 0.0) -> Room:
        """A copy of ``info`` whose counts are at most ``count_delay`` seconds old."""
        ...

    def remove(self, participant: SimulatedParticipant, now: float) -> None:
        """Take a participant out of the room."""
        ...


class ParticipantHost(Protocol):
    """The part of the server that a participant uses: events, and ending a connection."""

    def emit_participant(self, name: str, participant: SimulatedParticipant) -> None:
        """Log an event of a participant."""
        ...

    def emit_track(self, name: str, participant: SimulatedParticipant, track: TrackInfo) -> None:
        """Log an event of a track."""
        ...

    def disconnect(self, participant: SimulatedParticipant, reason: DisconnectReason) -> None:
        """Disconnect a participant."""
        ...


@attrs.define(eq=False, kw_only=True)
class SimulatedParticipant:
    """A participant of a world, who joined with a real token."""

    runtime: Runtime = attrs.field(repr=False)
    host: ParticipantHost = attrs.field(repr=False)
    room: ParticipantRoom = attrs.field(repr=False)
    claims: Claims = attrs.field(repr=False)
    info: ParticipantInfo
    """The server's own record: only read it; use the methods to change it."""
    response: JoinResponse = attrs.field(repr=False)
    """First response of the signalling connection."""
    received: list[ReceivedData] = attrs.field(factory=list[ReceivedData], repr=False)
    """Data packets, oldest first."""
    room_metadata: str = ""
    """The room's metadata as this participant last saw it."""
    disconnect_reason: DisconnectReason | int | None = None
    """Why this participant was disconnected; None while connected."""
    unsubscribed: set[str] = attrs.field(factory=set[str], repr=False)
    """Sids of tracks that the participant was unsubscribed from."""
    rpc_methods: dict[str, RpcMethod] = attrs.field(factory=dict[str, RpcMethod], repr=False)
    copies: list[SimulatedParticipant] = attrs.field(factory=list[Any], repr=False)
    """Forwarded copies in other rooms; they leave when this one does."""

    @property
    def identity(self) -> str:
        """Unique name within the room."""
        return self.info.identity

    @property
    def sid(self) -> str:
        """Id of this connection, new with each join."""
        return self.info.sid

    @property
    def room_name(self) -> str:
        """Name of the room this participant is in."""
        return self.room.name

    @property
    def tracks(self) -> Sequence[TrackInfo]:
        """What is published now."""
        return tuple(self.info.tracks)

    @property
    def connected(self) -> bool:
        """Whether the participant is still in the room."""
        return self.info.state != ParticipantInfo.State.DISCONNECTED

    @property
    def active(self) -> bool:
        """Whether its media is connected."""
        return self.info.state == ParticipantInfo.State.ACTIVE

    @property
    def dependent(self) -> bool:
        """Whether this participant alone does not keep a room open (agents, recorders)."""
        kinds = (ParticipantInfo.Kind.AGENT, ParticipantInfo.Kind.EGRESS)
        permission = self.permission
        return self.info.kind in kinds or permission.agent or permission.recorder

    @property
    def permission(self) -> ParticipantPermission:
        """What the participant may do now."""
        return self.info.permission or ParticipantPermission()

    def activate(self) -> None:
        """Connect the media: the participant becomes ACTIVE, event ``participant_joined``."""
        with self.runtime.lock:
            if self.info.state == ParticipantInfo.State.JOINED:
                self.info.state = ParticipantInfo.State.ACTIVE
                self.touch()
                self.host.emit_participant("participant_joined", self)

    def publish(
        self,
        name: str = "",
        *,
        source: TrackSource | int = _MICROPHONE,
        type: TrackType | int = _AUDIO,  # noqa: A002
        **fields: Any,
    ) -> TrackInfo:
        """Publish a track.

        Args:
            name: the track's name.
            source: its source; must be among the permitted sources.
            type: audio or video.
            fields: further fields of ``TrackInfo``: ``mime_type``, ``muted``, ``width``, ``mid`` …

        Returns:
            A copy of the server's record of the track.

        Raises:
            PermissionDeniedError: the participant may not publish this.
        """
        with self.runtime.lock:
            self._check_may_publish(source)
            track = make_track(self.runtime, name, source, type, fields)
            if not self.info.is_publisher:
                self.info.is_publisher = True
                self.touch()
            self.info.tracks.append(track)
            self.touch()
            self.host.emit_track("track_published", self, track)
            return track.copy()

    def unpublish(self, track_sid: str) -> None:
        """Unpublish a track; an unknown sid changes nothing."""
        with self.runtime.lock:
            for track in [track for track in self.info.tracks if track.sid == track_sid]:
                self.info.tracks.remove(track)
                self.touch()
                self.host.emit_track("track_unpublished", self, track)

    def leave(self, reason: DisconnectReason = DisconnectReason.CLIENT_INITIATED) -> None:
        """Disconnect; leaving twice is allowed."""
        with self.runtime.lock:
            self.host.disconnect(self, reason)

    def register_rpc(self, method: str, handler: RpcHandler, *, takes: float = 0.0) -> None:
        """Register the function that handles calls of a method.

        Args:
            method: name that callers use.
            handler: a function of an ``RpcInvocation`` that returns the payload; may raise
                ``RpcError``.
            takes: seconds that a run takes on the world's clock.
        """
        with self.runtime.lock:
            self.rpc_methods[method] = RpcMethod(handler, takes)

    def on_rpc(self, method: str, *, takes: float = 0.0) -> Callable[[RpcHandler], RpcHandler]:
        """``register_rpc`` as a decorator."""

        def register(handler: RpcHandler) -> RpcHandler:
            self.register_rpc(method, handler, takes=takes)
            return handler

        return register

    def find_track(self, track_sid: str) -> TrackInfo | None:
        """The published track with a sid."""
        return next((track for track in self.info.tracks if track.sid == track_sid), None)

    def may_publish(self, source: TrackSource | int) -> bool:
        """Whether the permission covers a source; an empty list of sources means all."""
        permission = self.permission
        sources = permission.can_publish_sources
        return permission.can_publish and (not sources or source in sources)

    def touch(self) -> None:
        """Increase the version, as with each change that other participants see."""
        self.info.version += 1

    def _check_may_publish(self, source: TrackSource | int) -> None:
        if not (self.connected and self.may_publish(source)):
            raise publish_not_permitted(TrackSource.Name(source))
