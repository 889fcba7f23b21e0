"""The forms that start an egress: one for each kind, with every output and every storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.reading import FormError, fill_from_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.message import Message

__all__ = ["EGRESS_STARTS"]

_STORAGE: Final = "storage."
_PROVIDERS: Final = {
    "s3": (
        "bucket", "region", "access_key", "secret", "session_token", "assume_role_arn",
        "assume_role_external_id", "endpoint", "force_path_style", "tagging",
    ),
    "gcp": ("bucket", "credentials"),
    "azure": ("container_name", "account_name", "account_key"),
    "aliOSS": ("bucket", "region", "access_key", "secret", "endpoint"),
}  # fmt: skip
_STORAGE_FIELDS: Final = tuple(
    f"{_STORAGE}{provider}.{name}" for provider, names in _PROVIDERS.items() for name in names
)
_FILE: Final = ("filepath", "file_type", "disable_manifest")
_SEGMENTS: Final = (
    "filename_prefix", "playlist_name", "live_playlist_name", "segment_duration", "protocol",
    "filename_suffix", "disable_manifest",
)  # fmt: skip
_IMAGES: Final = (
    "filename_prefix", "capture_interval", "width", "height", "image_codec", "filename_suffix",
    "disable_manifest",
)  # fmt: skip
_STREAM: Final = ("urls", "protocol")
_PLACES: Final = {
    "file": "file_outputs.0",
    "segments": "segment_outputs.0",
    "images": "image_outputs.0",
    "stream": "stream_outputs.0",
}
"""Where the older requests have each output."""
_NEW_PLACES: Final = {kind: f"outputs.{n}.{kind}" for n, kind in enumerate(_PLACES)}
"""Where StartEgress has it."""
_ENCODING: Final = (
    "preset",
    *(
        f"advanced.{name}"
        for name in (
            "width", "height", "framerate", "video_codec", "video_bitrate", "key_frame_interval",
            "audio_codec", "audio_bitrate", "audio_frequency",
        )
    ),
)  # fmt: skip
_HEADINGS: Final = {
    "file": "A file",
    "segments": "HLS segments",
    "images": "Images at intervals",
    "stream": "Live streams",
}
_STORAGE_GROUPS: Final = {
    f"{_STORAGE}s3.": "Storage: Amazon S3 and what speaks like it",
    f"{_STORAGE}gcp.": "Storage: Google Cloud",
    f"{_STORAGE}azure.": "Storage: Azure",
    f"{_STORAGE}aliOSS.": "Storage: Alibaba OSS",
}
_ENCODING_GROUPS: Final = {"preset": "Encoding", "advanced.": "Encoding"}
_FILE_TYPES: Final = (("", "(by its name)"), ("mp4", "MP4"), ("ogg", "OGG"), ("mp3", "MP3"))
_PATH_HELP: Final = "{room_name}, {room_id}, {time} and others are filled in."
_URLS_HELP: Final = "One a line, with the stream key. It is hidden in code and log."
_NOTHING: Final = "name something that comes out: a file, segments, images or a stream"


def _outputs(places: dict[str, str]) -> tuple[str, ...]:
    parts = {"file": _FILE, "segments": _SEGMENTS, "images": _IMAGES, "stream": _STREAM}
    return tuple(f"{places[kind]}.{name}" for kind, names in parts.items() for name in names)


def _groups(places: dict[str, str]) -> dict[str, str]:
    outputs = {f"{place}.": _HEADINGS[kind] for kind, place in places.items()}
    return {**outputs, **_STORAGE_GROUPS, **_ENCODING_GROUPS}


def _texts(places: dict[str, str]) -> dict[str, Any]:
    """Labels, helps and choices of the outputs."""
    file, segments, images, stream = (places[kind] for kind in _PLACES)
    return {
        "labels": {
            f"{file}.filepath": "Path",
            f"{segments}.filename_prefix": "Beginning of the names",
            f"{images}.filename_prefix": "Beginning of the names",
            "advanced.video_bitrate": "Video bitrate (kbit/s)",
            "advanced.audio_bitrate": "Audio bitrate (kbit/s)",
            f"{_STORAGE}gcp.credentials": "Credentials (JSON)",
        },
        "helps": {
            f"{file}.filepath": _PATH_HELP,
            f"{segments}.filename_prefix": _PATH_HELP,
            f"{images}.filename_prefix": _PATH_HELP,
            f"{stream}.urls": _URLS_HELP,
            f"{_STORAGE}s3.bucket": "Left empty, the server's own storage is used.",
        },
        "choices": {f"{file}.file_type": _FILE_TYPES},
    }


@attrs.frozen(kw_only=True, eq=False, slots=False)
class StartAction(CallAction):
    """An older start, where each output has a storage of its own: the form has one for all."""

    def place_of(self, name: str) -> tuple[type[Message], str]:
        """Inputs of the storage are about a ``StorageConfig``."""
        if name.startswith(_STORAGE):
            return lkapi.StorageConfig, name.removeprefix(_STORAGE)
        return super().place_of(name)

    def fill(self, request: Message, form: Form) -> None:
        """See ``CallAction``."""
        wrong: dict[str, str] = {}
        own = [name for name in self.names if not name.startswith(_STORAGE)]
        storage = lkapi.StorageConfig()
        try:
            fill_from_form(request, own, form)
        except FormError as error:
            wrong |= error.fields
        try:
            fill_from_form(storage, *_about_storage(self.names, form))
        except FormError as error:
            wrong |= {_STORAGE + name: why for name, why in error.fields.items()}
        if wrong:
            raise FormError(wrong)
        _store(request, storage, form)


def _about_storage(names: tuple[str, ...], form: Form) -> tuple[list[str], dict[str, str]]:
    mine = [name.removeprefix(_STORAGE) for name in names if name.startswith(_STORAGE)]
    return mine, {name: form.get(_STORAGE + name, "") for name in mine}


def _stored(request: Any) -> Iterator[Any]:
    """The outputs that are written to storage."""
    if getattr(request, "file", None) is not None:
        yield request.file
    for name in ("file_outputs", "segment_outputs", "image_outputs"):
        yield from getattr(request, name, ())


def _store(request: Any, storage: lkapi.StorageConfig, form: Form) -> None:
    """Give each output the storage.

    Raises:
        FormError: nothing is written to it, or nothing comes out at all.
    """
    stored = list(_stored(request))
    streams = getattr(request, "stream_outputs", ()) or getattr(request, "websocket_url", "")
    first = "file.filepath" if hasattr(request, "websocket_url") else "file_outputs.0.filepath"
    if not stored and not streams:
        raise FormError({first: _NOTHING})
    provider = storage.which_oneof("provider")
    if provider is None:
        return
    if not stored:
        named = next(name for name in _STORAGE_FIELDS if form.get(name, "").strip())
        raise FormError({named: "nothing is written to it: streams need no storage"})
    for output in stored:
        setattr(output, provider, getattr(storage, provider).copy())


def _check_start(request: Any) -> None:
    """Leave out the outputs that were not filled in.

    Raises:
        FormError: nothing is recorded, or nothing comes out.
    """
    request.outputs = [one for one in request.outputs if one.which_oneof("config") is not None]
    wrong: dict[str, str] = {}
    if request.which_oneof("source") is None:
        wrong["template.layout"] = "name what is recorded: a layout, a web page, or tracks"
    if not request.outputs:
        wrong[f"{_NEW_PLACES['file']}.filepath"] = _NOTHING
    if wrong:
        raise FormError(wrong)


_OLD: Final[dict[str, Any]] = {"groups": _groups(_PLACES), **_texts(_PLACES)}
_OLD_FIELDS: Final = (*_outputs(_PLACES), *_STORAGE_FIELDS, *_ENCODING)
_AFTER: Final = ("egress", "egress-now", "room-egress", "rooms")
_ROOM: Final = "A room as its layout shows it, by a browser that joins unseen."

EGRESS_STARTS: Final = (
    StartAction(
        name="egress.start.room",
        title="Record a room",
        row_name="egress.START_ROOM_COMPOSITE_EGRESS",
        fields=(
            "room_name", "layout", "audio_only", "video_only", "audio_mixing", "custom_base_url",
            *_OLD_FIELDS,
        ),
        required=("room_name",),
        about=_ROOM,
        button="Start",
        topics=_AFTER,
        done="An egress of {room_name} was asked for.",
        **{
            **_OLD,
            "helps": {**_OLD["helps"], "layout": "grid, speaker, single-speaker, or your own."},
        },
    ),
    StartAction(
        name="egress.start.participant",
        title="Record a participant",
        row_name="egress.START_PARTICIPANT_EGRESS",
        fields=("room_name", "identity", "screen_share", *_OLD_FIELDS),
        required=("room_name", "identity"),
        about="Camera and microphone of one participant, or what they share.",
        button="Start",
        topics=_AFTER,
        done="An egress of {identity} in {room_name} was asked for.",
        **_OLD,
    ),
    StartAction(
        name="egress.start.tracks",
        title="Record tracks together",
        row_name="egress.START_TRACK_COMPOSITE_EGRESS",
        fields=("room_name", "audio_track_id", "video_track_id", *_OLD_FIELDS),
        required=("room_name",),
        about="One audio and one video track together, or one of them.",
        button="Start",
        topics=_AFTER,
        done="An egress of tracks in {room_name} was asked for.",
        **_OLD,
    ),
    StartAction(
        name="egress.start.track",
        title="Record one track",
        row_name="egress.START_TRACK_EGRESS",
        fields=(
            "room_name", "track_id", "file.filepath", "file.disable_manifest", "websocket_url",
            *_STORAGE_FIELDS,
        ),
        required=("room_name", "track_id"),
        about="One track as it is, without transcoding: to a file, or to a WebSocket.",
        labels={**_OLD["labels"], "file.filepath": "Path", "websocket_url": "WebSocket url"},
        helps={
            **_OLD["helps"],
            "file.filepath": _PATH_HELP,
            "websocket_url": "ws:// or wss://, for audio tracks. It is hidden in code and log.",
        },
        groups={"file.": "A file", "websocket_url": "A WebSocket", **_STORAGE_GROUPS},
        button="Start",
        topics=_AFTER,
        done="An egress of {track_id} was asked for.",
    ),
    StartAction(
        name="egress.start.web",
        title="Record a web page",
        row_name="egress.START_WEB_EGRESS",
        fields=("url", "audio_only", "video_only", "await_start_signal", *_OLD_FIELDS),
        required=("url",),
        about="Any page that the egress service can open.",
        button="Start",
        topics=_AFTER,
        done="An egress of the page was asked for.",
        **{
            **_OLD,
            "helps": {
                **_OLD["helps"],
                "await_start_signal": "Begin when the page logs START_RECORDING.",
            },
        },
    ),
    CallAction(
        name="egress.start.any",
        title="Record anything",
        row_name="egress.START_EGRESS",
        fields=(
            "room_name",
            *(
                f"template.{name}"
                for name in ("layout", "custom_base_url", "audio_only", "video_only")
            ),
            *(f"web.{name}" for name in ("url", "audio_only", "video_only", "await_start_signal")),
            "media.video_track_id",
            "media.participant_video.identity",
            "media.participant_video.prefer_screen_share",
            "media.audio.capture_all",
            "media.audio.routes.0.track_id",
            "media.audio.routes.0.participant_identity",
            "media.data.capture_all",
            *_outputs(_NEW_PLACES),
            *_STORAGE_FIELDS,
            *_ENCODING,
        ),
        about="The newer call StartEgress, with one source: a layout, a page, or tracks.",
        button="Start",
        adjust=_check_start,
        groups={
            "template.": "What is recorded: a room by its layout",
            "web.": "What is recorded: a web page",
            "media.": "What is recorded: tracks",
            **_groups(_NEW_PLACES),
        },
        labels={
            **_texts(_NEW_PLACES)["labels"],
            "media.participant_video.identity": "Video of participant",
            "media.audio.capture_all": "All audio",
            "media.audio.routes.0.track_id": "Audio track ID",
            "media.audio.routes.0.participant_identity": "Audio of participant",
            "media.data.capture_all": "All data",
        },
        helps={
            **_texts(_NEW_PLACES)["helps"],
            "room_name": "Not needed for a web page.",
            "template.layout": "grid, speaker, single-speaker, or your own.",
        },
        choices=_texts(_NEW_PLACES)["choices"],
        topics=_AFTER,
        done="An egress was asked for.",
    ),
)  # fmt: skip
"""One action for each kind."""
