"""What the forms that start an egress share: outputs, storage and encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.reading import FormError, fill_from_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lkapi.message import Message

__all__ = [
    "ENCODING",
    "FILE_TYPES",
    "NEW_PLACES",
    "PATH_HELP",
    "PLACES",
    "STORAGE_FIELDS",
    "STORAGE_GROUPS",
    "StartAction",
    "check_start",
    "groups_of",
    "helps_of",
    "labels_of",
    "output_fields",
]

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
STORAGE_FIELDS: Final = tuple(
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
PLACES: Final = {
    "file": "file_outputs.0",
    "segments": "segment_outputs.0",
    "images": "image_outputs.0",
    "stream": "stream_outputs.0",
}
"""Where the older requests have each output."""
NEW_PLACES: Final = {kind: f"outputs.{n}.{kind}" for n, kind in enumerate(PLACES)}
"""Where StartEgress has each output."""
ENCODING: Final = (
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
STORAGE_GROUPS: Final = {
    f"{_STORAGE}s3.": "Storage: Amazon S3 and compatible",
    f"{_STORAGE}gcp.": "Storage: Google Cloud",
    f"{_STORAGE}azure.": "Storage: Azure",
    f"{_STORAGE}aliOSS.": "Storage: Alibaba OSS",
}
_ENCODING_GROUPS: Final = {"preset": "Encoding", "advanced.": "Encoding"}
FILE_TYPES: Final = (("", "(by its name)"), ("mp4", "MP4"), ("ogg", "OGG"), ("mp3", "MP3"))
PATH_HELP: Final = "{room_name}, {room_id}, {time} and others are filled in."
_NOTHING: Final = "name an output: a file, segments, images or a stream"


def output_fields(places: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of every output, by where a request has them."""
    parts = {"file": _FILE, "segments": _SEGMENTS, "images": _IMAGES, "stream": _STREAM}
    return tuple(f"{places[kind]}.{name}" for kind, names in parts.items() for name in names)


def groups_of(places: Mapping[str, str]) -> dict[str, str]:
    """The headings of outputs, storage and encoding."""
    outputs = {f"{place}.": _HEADINGS[kind] for kind, place in places.items()}
    return {**outputs, **STORAGE_GROUPS, **_ENCODING_GROUPS}


def labels_of(places: Mapping[str, str]) -> dict[str, str]:
    """Labels for fields whose name says too little."""
    return {
        f"{places['file']}.filepath": "Path",
        f"{places['segments']}.filename_prefix": "Beginning of the names",
        f"{places['images']}.filename_prefix": "Beginning of the names",
        "advanced.video_bitrate": "Video bitrate (kbit/s)",
        "advanced.audio_bitrate": "Audio bitrate (kbit/s)",
        f"{_STORAGE}gcp.credentials": "Credentials (JSON)",
    }


def helps_of(places: Mapping[str, str]) -> dict[str, str]:
    """Hints on what to type."""
    return {
        f"{places['file']}.filepath": PATH_HELP,
        f"{places['segments']}.filename_prefix": PATH_HELP,
        f"{places['images']}.filename_prefix": PATH_HELP,
        f"{places['stream']}.urls": "One a line, with the stream key. Hidden in code and log.",
        f"{_STORAGE}s3.bucket": "Without storage, the server's own storage is used.",
    }


@attrs.frozen(kw_only=True, eq=False, slots=False)
class StartAction(CallAction):
    """An older start request: each output has its own storage, but the form has one for all."""

    def place_of(self, name: str) -> tuple[type[Message], str]:
        """Inputs of the storage belong to a ``StorageConfig``."""
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
        FormError: nothing is written to it, or there is no output.
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
        named = next(name for name in STORAGE_FIELDS if form.get(name, "").strip())
        raise FormError({named: "nothing would be written to it: streams need no storage"})
    for output in stored:
        setattr(output, provider, getattr(storage, provider).copy())


def check_start(request: Any) -> None:
    """Leave out the outputs that were not filled in.

    Raises:
        FormError: nothing is recorded, or there is no output.
    """
    request.outputs = [one for one in request.outputs if one.which_oneof("config") is not None]
    wrong: dict[str, str] = {}
    if request.which_oneof("source") is None:
        wrong["template.layout"] = "name what is recorded: a layout, a web page, or tracks"
    if not request.outputs:
        wrong[f"{NEW_PLACES['file']}.filepath"] = _NOTHING
    if wrong:
        raise FormError(wrong)
