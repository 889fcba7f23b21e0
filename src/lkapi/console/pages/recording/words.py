"""An egress in words: what it records, its outputs, and why it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.presentation.secrets import hide_secrets, show_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    import lkapi

__all__ = ["describe_end", "describe_kind", "describe_outputs", "describe_source", "request_of"]

_KINDS: Final = {
    "room_composite": "room",
    "web": "web page",
    "participant": "participant",
    "track_composite": "tracks",
    "track": "track",
    "replay": "replay",
}
_SOURCES: Final = {"template": "room", "web": "web page", "media": "tracks"}
_LISTS: Final = {
    "file": "file_outputs",
    "segments": "segment_outputs",
    "images": "image_outputs",
    "stream": "stream_outputs",
}
_STORAGES: Final = {"s3": "S3", "gcp": "Google Cloud", "azure": "Azure", "aliOSS": "Alibaba OSS"}
_CAUSES: Final = (
    ("start signal not received",
     "The page never logged START_RECORDING, for which the egress waits: a template must log it."),
    ("stop called before", "It was stopped before it had begun. Nothing was written."),
    ("source closed", "What was recorded ended before the recording began."),
    ("limit reached",
     "It lasted as long as the server or the plan allows. What was recorded until then is kept."),
    ("accessdenied", "The storage refused the keys: they may not write to this bucket."),
    ("nosuchbucket", "The storage has no such bucket."),
    ("upload",
     "The storage did not accept the files: check bucket, region and what the keys allow."),
    ("no space", "The disk of the egress service, or the storage, is full."),
    ("stream key", "The service that is streamed to did not accept the stream key."),
    ("could not connect", "The service that is streamed to could not be reached."),
    ("track not found", "The track did not exist (any more) when the recording began."),
    ("participant", "The participant was not in the room (any more) when the recording began."),
)  # fmt: skip
"""The meaning of parts of known errors."""
_BY_CODE: Final = {
    400: "The request could not be carried out as it was.",
    404: "What was to be recorded, or where it was to go, does not exist.",
    412: "It ended before it could record anything.",
    413: "A limit of the server or of the plan was reached.",
    500: "The egress service broke down. What was not uploaded is lost.",
    503: "No egress service had room for it.",
}


def request_of(info: lkapi.EgressInfo) -> Any:
    """The request that the egress was started with; None if the server does not send it."""
    kind = info.which_oneof("request")
    return getattr(info, kind) if kind is not None else None


def describe_kind(info: lkapi.EgressInfo) -> str:
    """The kind of source that it records."""
    kind = info.which_oneof("request") or ""
    if kind == "egress" and info.egress is not None:
        return _SOURCES.get(info.egress.which_oneof("source") or "", "anything")
    return _KINDS.get(kind, kind.replace("_", " "))


def describe_source(info: lkapi.EgressInfo) -> str:
    """What it records: ``room demo``, ``ann in demo``, ``https://example.com/page``."""
    request = request_of(info)
    room = f"room {info.room_name}" if info.room_name else "a room"
    source = getattr(request, "web", None) if info.which_oneof("request") == "egress" else request
    if info.which_oneof("request") == "participant":
        return f"{request.identity} in {room}"
    tracks = [
        getattr(request, name, "") for name in ("track_id", "audio_track_id", "video_track_id")
    ]
    if any(tracks):
        return f"{' and '.join(one for one in tracks if one)} in {room}"
    url = getattr(source, "url", "")
    return str(url) if url and not info.room_name else room


def describe_outputs(info: lkapi.EgressInfo) -> list[str]:
    """Its outputs, as far as its request shows them: names, and addresses without keys."""
    request = request_of(info)
    if request is None:
        return []
    return [text for kind, output, own in _outputs(request) for text in _texts(kind, output, own)]


def _outputs(request: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each output with its kind and the part that says where it is stored."""
    shared = getattr(request, "storage", None)
    for one in getattr(request, "outputs", ()):
        kind = one.which_oneof("config")
        if kind is not None:
            yield kind, getattr(one, kind), one.storage or shared
    for kind, many in _LISTS.items():
        single = getattr(request, kind, None)
        for output in (*([single] if single is not None else ()), *getattr(request, many, ())):
            yield kind, output, output
    if getattr(request, "websocket_url", ""):
        yield "socket", request, None


def _texts(kind: str, output: Any, stored: Any) -> Iterator[str]:
    where = next((word for name, word in _STORAGES.items() if getattr(stored, name, None)), "")
    place = f" in {where}" if where else ""
    if kind == "socket":
        yield f"stream to {show_address(output.websocket_url)}"
    elif kind == "stream":
        addresses = (*output.urls, *(one.url for one in output.destinations))
        yield from (f"stream to {show_address(url)}" for url in addresses)
    elif kind == "file":
        yield f"file {output.filepath or '(named by the server)'}{place}"
    elif kind == "segments":
        name = output.playlist_name or output.filename_prefix
        yield f"segments {name or '(named by the server)'}{place}"
    else:
        yield f"images {output.filename_prefix or '(named by the server)'}{place}"


def describe_end(info: lkapi.EgressInfo) -> tuple[str, str]:
    """The server's error without secrets, and its meaning; both may be empty."""
    told = hide_secrets(" ".join(one for one in (info.error, info.details) if one), info)
    if not told and not info.error_code:
        return "", ""
    wanted = told.casefold()
    meaning = next((text for part, text in _CAUSES if part in wanted), "")
    if info.error_code and not told:
        told = f"error {info.error_code}"
    elif info.error_code:
        told = f"{told} ({info.error_code})"
    return told, meaning or _BY_CODE.get(info.error_code, "")
