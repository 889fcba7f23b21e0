"""Published tracks, as the server describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.protocol.models import (
    BackupCodecPolicy,
    SimulcastCodecInfo,
    TimedVersion,
    TrackInfo,
    TrackSource,
    TrackType,
    VideoLayer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.runtime.runtime import Runtime

__all__ = ["make_track"]

_CAMERA_STREAM: Final = (TrackSource.CAMERA, TrackSource.MICROPHONE, TrackSource.UNKNOWN)
_SOURCE_LETTERS: Final = {
    TrackSource.CAMERA: "C",
    TrackSource.MICROPHONE: "M",
    TrackSource.SCREEN_SHARE: "S",
    TrackSource.SCREEN_SHARE_AUDIO: "s",
}


def make_track(
    runtime: Runtime,
    name: str,
    source: TrackSource | int,
    kind: TrackType | int,
    fields: Mapping[str, Any],
) -> TrackInfo:
    """A new track with a sid of its own.

    Args:
        runtime: gives ids and the time.
        name: the track's name.
        source: its source.
        kind: audio or video.
        fields: further fields of ``TrackInfo``, which replace the usual values.
    """
    usual_mime = "video/VP8" if kind == TrackType.VIDEO else "audio/red"
    mime = fields.get("mime_type", usual_mime)
    codec = SimulcastCodecInfo(
        mime_type=mime,
        mid=fields.get("mid", ""),
        cid=runtime.ids.uuid(),
        video_layer_mode=VideoLayer.Mode.ONE_SPATIAL_LAYER_PER_STREAM,
    )
    usual: dict[str, Any] = {
        "mime_type": mime,
        "sid": runtime.ids.make(f"TR_{_sid_letters(source, kind)}"),
        "stream": "camera" if source in _CAMERA_STREAM else "screen_share",
        "codecs": [codec],
        "version": TimedVersion(unix_micro=int(runtime.clock.now() * 1_000_000)),
        "backup_codec_policy": BackupCodecPolicy.SIMULCAST,
    }
    return TrackInfo(name=name, source=source, type=kind, **{**usual, **fields})


def _sid_letters(source: TrackSource | int, kind: TrackType | int) -> str:
    """``AM`` for a microphone, ``VC`` for a camera, as track sids begin."""
    letter = _SOURCE_LETTERS.get(TrackSource(source), "")
    return ("V" if kind == TrackType.VIDEO else "A") + letter
