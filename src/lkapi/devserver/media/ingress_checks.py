"""The checks of an ingress, with the recorded error texts (recorded behaviour 51)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lkapi.devserver.http.errors import inner_error
from lkapi.errors import APIError, InvalidArgumentError
from lkapi.protocol.ingress import (
    IngressAudioEncodingPreset,
    IngressInput,
    IngressVideoEncodingPreset,
)
from lkapi.protocol.models import AudioCodec, TrackSource, VideoCodec

if TYPE_CHECKING:
    from lkapi.protocol.ingress import (
        IngressAudioOptions,
        IngressInfo,
        IngressVideoEncodingOptions,
        IngressVideoOptions,
    )

__all__ = ["check_ingress", "check_source_url", "ingress_error", "unknown_input_type"]

_VIDEO_SOURCES: Final = (TrackSource.UNKNOWN, TrackSource.CAMERA, TrackSource.SCREEN_SHARE)
_AUDIO_SOURCES: Final = (
    TrackSource.UNKNOWN,
    TrackSource.MICROPHONE,
    TrackSource.SCREEN_SHARE_AUDIO,
)
_VIDEO_CODECS: Final = (VideoCodec.DEFAULT_VC, VideoCodec.H264_BASELINE, VideoCodec.VP8)
_AUDIO_CODECS: Final = (AudioCodec.DEFAULT_AC, AudioCodec.OPUS)
_SCHEMES: Final = ("http", "https", "srt")
_MAX_CHANNELS: Final = 2


def ingress_error(message: str) -> APIError:
    """An error from inside the server."""
    return inner_error(InvalidArgumentError, "invalid_argument", message)


def unknown_input_type() -> APIError:
    """The server does not know the input type."""
    return ingress_error("invalid ingress type")


def _bypass_error(message: str) -> APIError:
    return ingress_error(f"invalid transcoding bypass configuration: {message}")


def check_source_url(url: str) -> None:
    """A URL input needs a URL with a known scheme."""
    if not url:
        raise ingress_error("invalid ingress: missing URL parameter")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        raise ingress_error(f'parse "{url}": invalid URL') from None
    if scheme not in _SCHEMES:
        raise ingress_error(f"invalid ingress: invalid url scheme {scheme}")


def check_ingress(info: IngressInfo) -> None:
    """Refuse an ingress that could not be stored."""
    if info.input_type == IngressInput.URL_INPUT and info.enabled is False:
        raise ingress_error("invalid ingress: disabled non reusable ingress")
    if not info.participant_identity:
        raise ingress_error("invalid ingress: no participant identity")
    _check_transcoding(info)
    if info.video is not None:
        _check_video(info.video)
    if info.audio is not None:
        _check_audio(info.audio)


def _check_transcoding(info: IngressInfo) -> None:
    off = info.bypass_transcoding or info.enable_transcoding is False
    if not off:
        return
    if info.input_type != IngressInput.WHIP_INPUT:
        raise _bypass_error("bypassing transcoding impossible with selected input type")
    for kind, options in (("video", info.video), ("audio", info.audio)):
        if options is not None and options.which_oneof("encoding_options") is not None:
            state = "transcoding is disabled"
            raise _bypass_error(f"{kind} encoding options must be empty if {state}")


def _check_video(options: IngressVideoOptions) -> None:
    if options.source not in _VIDEO_SOURCES:
        raise _parameter_error("video", "invalid track source")
    kind = options.which_oneof("encoding_options")
    if kind == "preset" and options.preset not in list(IngressVideoEncodingPreset):
        raise _parameter_error("video", "invalid preset")
    if options.options is not None:
        _check_encoding(options.options)


def _check_audio(options: IngressAudioOptions) -> None:
    if options.source not in _AUDIO_SOURCES:
        raise _parameter_error("audio", "invalid track source")
    kind = options.which_oneof("encoding_options")
    if kind == "preset" and options.preset not in list(IngressAudioEncodingPreset):
        raise _parameter_error("audio", "invalid preset")
    if options.options is not None:
        if options.options.audio_codec not in _AUDIO_CODECS:
            raise _parameter_error("audio", "audio codec unsupported")
        if options.options.channels > _MAX_CHANNELS:
            raise _parameter_error("audio", "invalid audio channel count")


def _parameter_error(kind: str, message: str) -> APIError:
    return ingress_error(f"invalid {kind} parameters: {message}")


def _check_encoding(options: IngressVideoEncodingOptions) -> None:
    if options.frame_rate < 0:
        raise _parameter_error("video", "invalid framerate")
    if options.video_codec not in _VIDEO_CODECS:
        raise _parameter_error("video", "video codec unsupported")
    by_quality: dict[int, Any] = {}
    for layer in options.layers:
        if not layer.width or not layer.height:
            raise _parameter_error("video", "invalid output media dimensions")
        for side in ("width", "height"):
            if getattr(layer, side) % 2:
                raise ingress_error(f"invalid ingress: layer {side} must be even")
        if layer.quality in by_quality:
            raise _parameter_error("video", "more than one layer with the same quality level")
        by_quality[layer.quality] = layer
    _check_growth([by_quality[quality] for quality in sorted(by_quality)])


def _check_growth(layers: list[Any]) -> None:
    for lower, higher in itertools.pairwise(layers):
        for side in ("height", "width"):
            if getattr(higher, side) < getattr(lower, side):
                text = f"video layers do not have increasing {side} with increasing quality"
                raise _parameter_error("video", text)
