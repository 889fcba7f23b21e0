"""Simulated participants: who is in a room, what they publish and what reaches them.

One class is both the state that the server keeps and the handle that a test holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lkapi.devserver.http.refusals import may_not_publish
from lkapi.devserver.rooms.rpc import RpcHandler, RpcMethod
from lkapi.protocol.models import (
    BackupCodecPolicy,
    DisconnectReason,
    ParticipantInfo,
    ParticipantPermission,
    SimulcastCodecInfo,
    TimedVersion,
    TrackInfo,
    TrackSource,
    TrackType,
    VideoLayer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.rooms.room_state import RoomState
    from lkapi.devserver.world import World
    from lkapi.protocol.rtc import JoinResponse

__all__ = ["ReceivedData", "SimulatedParticipant"]

_MICROPHONE = TrackSource.MICROPHONE
_AUDIO = TrackType.AUDIO


@attrs.frozen
class ReceivedData:
    """A data packet, as it reached a participant."""

    payload: bytes
    topic: str
    kind: int
    """``DataPacket.Kind``: RELIABLE or LOSSY."""


@attrs.define(eq=False, kw_only=True)
class SimulatedParticipant:
    """A participant of a world, who joined with a real token."""

    world: World = attrs.field(repr=False)
    room: RoomState = attrs.field(repr=False)
    claims: Claims = attrs.field(repr=False)
    info: ParticipantInfo
    """The server's own record; read it, and use the methods to change it."""
    response: JoinResponse = attrs.field(repr=False)
    """What the signalling connection was answered."""
    received: list[ReceivedData] = attrs.field(factory=list[ReceivedData], repr=False)
    """Data packets, oldest first."""
    room_metadata: str = ""
    """The room's metadata as this participant last saw it."""
    disconnect_reason: DisconnectReason | int | None = None
    """Why the server let go of this participant; None while connected."""
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
        return self.room.info.name

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
        """Whether media is up."""
        return self.info.state == ParticipantInfo.State.ACTIVE

    @property
    def dependent(self) -> bool:
        """Whether a room does not stay open for this participant alone (agents, recorders)."""
        kinds = (ParticipantInfo.Kind.AGENT, ParticipantInfo.Kind.EGRESS)
        permission = self.permission
        return self.info.kind in kinds or permission.agent or permission.recorder

    @property
    def permission(self) -> ParticipantPermission:
        """What the participant may do now."""
        return self.info.permission or ParticipantPermission()

    def activate(self) -> None:
        """Bring media up: the participant becomes ACTIVE and ``participant_joined`` is told."""
        with self.world.lock:
            if self.info.state == ParticipantInfo.State.JOINED:
                self.info.state = ParticipantInfo.State.ACTIVE
                self.touch()
                self.world.events.participant("participant_joined", self)

    def publish(
        self,
        name: str = "",
        *,
        source: TrackSource | int = _MICROPHONE,
        type: TrackType | int = _AUDIO,  # noqa: A002
        **fields: Any,
    ) -> TrackInfo:
        """Publish a track and answer what the server knows of it.

        Args:
            name: the track's name.
            source: what is recorded; must be among the permitted sources.
            type: audio or video.
            fields: further fields of ``TrackInfo``: ``mime_type``, ``muted``, ``width``, ``mid`` …

        Raises:
            PermissionDeniedError: the participant may not publish this.
        """
        with self.world.lock:
            self._check_may_publish(source)
            track = self._make_track(name, source, type, fields)
            if not self.info.is_publisher:
                self.info.is_publisher = True
                self.touch()
            self.info.tracks.append(track)
            self.touch()
            self.world.events.track("track_published", self, track)
            return track.copy()

    def unpublish(self, track_sid: str) -> None:
        """Take a published track back; an unknown sid changes nothing."""
        with self.world.lock:
            for track in [track for track in self.info.tracks if track.sid == track_sid]:
                self.info.tracks.remove(track)
                self.touch()
                self.world.events.track("track_unpublished", self, track)

    def leave(self, reason: DisconnectReason = DisconnectReason.CLIENT_INITIATED) -> None:
        """Disconnect; leaving twice changes nothing."""
        with self.world.lock:
            self.world.disconnect(self, reason)

    def register_rpc(self, method: str, handler: RpcHandler, *, takes: float = 0.0) -> None:
        """Answer calls of a method with a function.

        Args:
            method: name that callers use.
            handler: given an ``RpcInvocation``, returns the payload; may raise ``RpcError``.
            takes: seconds that it seems to take on the world's clock.
        """
        with self.world.lock:
            self.rpc_methods[method] = RpcMethod(handler, takes)

    def on_rpc(self, method: str, *, takes: float = 0.0) -> Callable[[RpcHandler], RpcHandler]:
        """``register_rpc`` as a decorator."""

        def register(handler: RpcHandler) -> RpcHandler:
            self.register_rpc(method, handler, takes=takes)
            return handler

        return register

    def find_track(self, track_sid: str) -> TrackInfo | None:
        """The published track of a sid."""
        return next((track for track in self.info.tracks if track.sid == track_sid), None)

    def may_publish(self, source: TrackSource | int) -> bool:
        """Whether the permission covers a source; no list of sources means all."""
        permission = self.permission
        sources = permission.can_publish_sources
        return permission.can_publish and (not sources or source in sources)

    def touch(self) -> None:
        """Count a change, as each one that participants are told of does."""
        self.info.version += 1

    def _check_may_publish(self, source: TrackSource | int) -> None:
        if not (self.connected and self.may_publish(source)):
            raise may_not_publish(TrackSource.Name(source))

    def _make_track(
        self, name: str, source: TrackSource | int, kind: TrackType | int, fields: dict[str, Any]
    ) -> TrackInfo:
        ids = self.world.ids
        video = kind == TrackType.VIDEO
        mime = fields.pop("mime_type", "video/VP8" if video else "audio/red")
        codec = SimulcastCodecInfo(
            mime_type=mime,
            mid=fields.get("mid", ""),
            cid=ids.uuid(),
            video_layer_mode=VideoLayer.Mode.ONE_SPATIAL_LAYER_PER_STREAM,
        )
        made: dict[str, Any] = {
            "sid": ids.make(f"TR_{_sid_letters(source, kind)}"),
            "stream": "camera" if source in _CAMERA_STREAM else "screen_share",
            "codecs": [codec],
            "version": TimedVersion(unix_micro=int(self.world.clock.now() * 1_000_000)),
            "backup_codec_policy": BackupCodecPolicy.SIMULCAST,
        }
        return TrackInfo(name=name, source=source, type=kind, mime_type=mime, **{**made, **fields})


_CAMERA_STREAM = (TrackSource.CAMERA, TrackSource.MICROPHONE, TrackSource.UNKNOWN)
_SOURCE_LETTERS = {
    TrackSource.CAMERA: "C",
    TrackSource.MICROPHONE: "M",
    TrackSource.SCREEN_SHARE: "S",
    TrackSource.SCREEN_SHARE_AUDIO: "s",
}


def _sid_letters(source: TrackSource | int, kind: TrackType | int) -> str:
    """``AM`` for a microphone, ``VC`` for a camera, as track sids begin."""
    letter = _SOURCE_LETTERS.get(TrackSource(source), "")
    return ("V" if kind == TrackType.VIDEO else "A") + letter
