"""What can be done to ingresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.shown import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.console.console import Console

__all__ = ["INGRESS_ACTIONS"]

_FLAGS: Final = {
    "room_name": "--room",
    "participant_identity": "--identity",
    "participant_name": "--participant-name",
    "url": "--source-url",
}
_WHO: Final = (
    "name", "room_name", "participant_identity", "participant_name", "participant_metadata",
)  # fmt: skip
_AUDIO: Final = tuple(
    f"audio.{name}"
    for name in (
        "name", "source", "preset", "options.audio_codec", "options.bitrate", "options.channels",
        "options.disable_dtx",
    )
)  # fmt: skip
_VIDEO: Final = tuple(
    f"video.{name}"
    for name in (
        "name", "source", "preset", "options.video_codec", "options.frame_rate", "options.layers",
    )
)  # fmt: skip
_HELPS: Final = {
    "name": "A name for you.",
    "participant_identity": "Who publishes the media in the room.",
    "enable_transcoding": "Several qualities are made of it. Off for WHIP by default.",
    "audio.preset": "Or single options below.",
    "video.preset": "Or single options below.",
    "video.options.layers": 'A JSON list: [{"quality": "HIGH", "width": 1280, "height": 720}].',
}
_AFTER: Final = ("ingress", "ingress-one", "room-ingress")


async def _find(console: Console, ingress_id: str) -> lkapi.IngressInfo | None:
    found: lkapi.IngressInfo | None = (await console.store.read(f"ingress-one:{ingress_id}")).value
    return found


async def _ends(console: Console, request: Any) -> str:
    info = await _find(console, request.ingress_id)
    if info is None:
        return "There is no such ingress now."
    key = " Its stream key becomes invalid." if info.stream_key else ""
    live = info.state is not None and info.state.status in (
        lkapi.IngressState.Status.ENDPOINT_BUFFERING,
        lkapi.IngressState.Status.ENDPOINT_PUBLISHING,
    )
    who = f"{info.participant_identity} in {info.room_name}"
    if live:
        return f"Deletes {info.name or info.ingress_id} and disconnects {who}.{key}"
    return f"Deletes {info.name or info.ingress_id}; nothing streams to it now.{key}"


async def _before(console: Console, given: Form) -> Any:
    info = await _find(console, given.get("ingress_id", ""))
    if info is None:
        return None
    return lkapi.UpdateIngressRequest(
        name=info.name,
        room_name=info.room_name,
        participant_identity=info.participant_identity,
        participant_name=info.participant_name,
        participant_metadata=info.participant_metadata,
        enable_transcoding=info.enable_transcoding,
        enabled=info.enabled,
    )


def _create(
    kind: str,
    title: str,
    about: str,
    input_type: lkapi.IngressInput,
    fields: tuple[str, ...],
    labels: Mapping[str, str],
) -> CallAction:
    needed = ("url",) if "url" in fields else ()
    return CallAction(
        name=f"ingress.create.{kind}",
        title=title,
        row_name="ingress.CREATE_INGRESS",
        fields=fields,
        preset={"input_type": input_type},
        required=("room_name", "participant_identity", *needed),
        labels=labels,
        helps=_HELPS,
        groups={"audio.": "Audio", "video.": "Video"},
        about=about,
        command=Command(words="ingress create", flags=_FLAGS),
        topics=_AFTER,
        button="Create",
        done="Created an ingress into {room_name}.",
    )


_INPUTS: Final = lkapi.IngressInput
_ALL: Final = (*_WHO, "enable_transcoding", "enabled", *_AUDIO, *_VIDEO)

INGRESS_ACTIONS: Final = (
    _create(
        "rtmp", "New RTMP entrance",
        "A url and a stream key for OBS, ffmpeg and hardware encoders.",
        _INPUTS.RTMP_INPUT, _ALL, {},
    ),
    _create(
        "whip", "New WHIP entrance",
        "A url and a token for encoders with WebRTC: little delay.",
        _INPUTS.WHIP_INPUT, _ALL, {},
    ),
    _create(
        "url", "Play a url",
        "The server fetches the media itself: HLS, MP4, MKV, MOV, OGG, MP3, or SRT.",
        _INPUTS.URL_INPUT, ("url", *_ALL), {"url": "Url of the media"},
    ),
    CallAction(
        name="ingress.update",
        title="Update the ingress",
        row_name="ingress.UPDATE_INGRESS",
        fixed=("ingress_id",),
        fields=(*_WHO, "enable_transcoding", "enabled", *_AUDIO, *_VIDEO),
        required=("ingress_id",),
        before=_before,
        helps={**_HELPS, "name": "Empty inputs change nothing."},
        groups={"audio.": "Audio", "video.": "Video"},
        about="Only while nothing streams to it.",
        command=Command(words="ingress update", arguments=("ingress_id",), flags=_FLAGS),
        topics=_AFTER,
        button="Update",
        done="{ingress_id} was updated.",
    ),
    CallAction(
        name="ingress.delete",
        title="Delete the ingress",
        row_name="ingress.DELETE_INGRESS",
        fixed=("ingress_id",),
        required=("ingress_id",),
        command=Command(words="ingress delete", arguments=("ingress_id",), asks=True),
        destroys=True,
        what_ends=_ends,
        topics=_AFTER,
        button="Delete",
        done="{ingress_id} was deleted.",
    ),
)  # fmt: skip
"""Create, one for each kind of input; update; delete."""
