"""How to send to an ingress: settings and commands for encoders."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import lkapi
from lkapi.console.actions.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PLACEHOLDER", "recipes_for"]

PLACEHOLDER: Final = "YOUR_STREAM_KEY"
"""Placeholder for the stream key."""

Recipe = tuple[str, "Callable[[str, str], str]"]


def _obs_rtmp(url: str, key: str) -> str:
    return (
        "Settings, Stream\n"
        "  Service      Custom...\n"
        f"  Server       {url}\n"
        f"  Stream Key   {key}\n"
        "Settings, Output, Streaming\n"
        "  Keyframe Interval   2 s\n"
        "  Tune                zerolatency"
    )


def _ffmpeg_rtmp(url: str, key: str) -> str:
    target = shlex.quote(f"{url}/{key}")
    return (
        "ffmpeg -re -i movie.mp4 \\\n"
        "  -c:v libx264 -preset veryfast -tune zerolatency -b:v 3M -g 60 -pix_fmt yuv420p \\\n"
        "  -c:a aac -b:a 128k -ar 48000 \\\n"
        f"  -f flv {target}"
    )


def _gstreamer_rtmp(url: str, key: str) -> str:
    target = shlex.quote(f"{url}/{key}")
    return (
        "gst-launch-1.0 -e flvmux name=mux streamable=true \\\n"
        f"  ! rtmp2sink location={target} \\\n"
        "  videotestsrc is-live=true ! video/x-raw,width=1280,height=720,framerate=30/1 \\\n"
        "  ! x264enc tune=zerolatency bitrate=3000 key-int-max=60 ! h264parse ! queue ! mux. \\\n"
        "  audiotestsrc is-live=true ! audioconvert ! avenc_aac ! aacparse ! queue ! mux."
    )


def _obs_whip(url: str, key: str) -> str:
    return (
        "Settings, Stream\n"
        "  Service        WHIP\n"
        f"  Server         {url}\n"
        f"  Bearer Token   {key}\n"
        "Settings, Output, Streaming\n"
        "  Video Encoder       x264, with no B-frames (x264 option bf=0)\n"
        "  Keyframe Interval   2 s"
    )


def _ffmpeg_whip(url: str, key: str) -> str:
    return (
        "# ffmpeg 8 or newer\n"
        "ffmpeg -re -i movie.mp4 \\\n"
        "  -c:v libx264 -preset veryfast -tune zerolatency -bf 0 -g 60 -pix_fmt yuv420p \\\n"
        "  -c:a libopus -ar 48000 -ac 2 \\\n"
        f"  -f whip -authorization {shlex.quote(key)} {shlex.quote(url)}"
    )


def _gstreamer_whip(url: str, key: str) -> str:
    return (
        "gst-launch-1.0 whipclientsink name=whip \\\n"
        f"  signaller::whip-endpoint={shlex.quote(url)} \\\n"
        f"  signaller::auth-token={shlex.quote(key)} \\\n"
        "  videotestsrc is-live=true ! video/x-raw,width=1280,height=720,framerate=30/1 \\\n"
        "  ! videoconvert ! queue ! whip. \\\n"
        "  audiotestsrc is-live=true ! audioconvert ! queue ! whip."
    )


_RECIPES: Final[dict[lkapi.IngressInput, tuple[Recipe, ...]]] = {
    lkapi.IngressInput.RTMP_INPUT: (
        ("OBS", _obs_rtmp),
        ("ffmpeg", _ffmpeg_rtmp),
        ("GStreamer", _gstreamer_rtmp),
    ),
    lkapi.IngressInput.WHIP_INPUT: (
        ("OBS", _obs_whip),
        ("ffmpeg", _ffmpeg_whip),
        ("GStreamer", _gstreamer_whip),
    ),
}


def recipes_for(info: lkapi.IngressInfo, key: str = PLACEHOLDER) -> tuple[Shown, ...]:
    """The recipes for what may stream to it; none if the server pulls, or sends no url."""
    if not info.url:
        return ()
    url = info.url.rstrip("/")
    found = _RECIPES.get(info.input_type, ())
    return tuple(Shown(label, write(url, key)) for label, write in found)
