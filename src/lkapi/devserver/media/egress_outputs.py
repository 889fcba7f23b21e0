"""The outputs of an egress: checks at the start, results at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.http.errors import inner_error
from lkapi.errors import APIError, InvalidArgumentError
from lkapi.protocol.egress import FileInfo, ImagesInfo, SegmentsInfo, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.message import Message
    from lkapi.protocol.egress import EgressInfo

__all__ = ["check_request", "finish_results", "start_results"]

_KINDS: Final = ("file", "stream", "segments", "images")
_LISTS: Final = {
    "file": "file_outputs",
    "stream": "stream_outputs",
    "segments": "segment_outputs",
    "images": "image_outputs",
}
_STORAGES: Final = ("s3", "gcp", "azure", "aliOSS")
_NEEDED: Final = {"web": "url", "participant": "identity", "track": "track_id"}
_BYTES_PER_SECOND: Final = 250_000
_SEGMENT_SECONDS: Final = 4
_IMAGE_SECONDS: Final = 10


def check_request(kind: str, request: Message, *, cloud: bool) -> None:
    """Check a request as a worker does: it needs a source and an output.

    Raises:
        InvalidArgumentError: naming the field.
    """
    needed = _NEEDED.get(kind)
    if needed is not None and not getattr(request, needed):
        raise _missing(needed)
    if kind == "egress" and request.which_oneof("source") is None:
        raise _missing("source")
    outputs = list(_outputs(request))
    if not outputs and not getattr(request, "websocket_url", None):
        raise _missing("output")
    default = _has_storage(getattr(request, "storage", None))
    for what, output, own in outputs:
        stored = what == "stream" or default or _has_storage(output) or _has_storage(own)
        if cloud and not stored:
            raise _missing("output")


def _missing(field: str) -> APIError:
    text = f"request has missing or invalid field: {field}"
    return inner_error(InvalidArgumentError, "invalid_argument", text)


def _has_storage(holder: object) -> bool:
    return any(getattr(holder, name, None) is not None for name in _STORAGES)


def _outputs(request: Message) -> Iterator[tuple[str, Any, Any]]:
    """Every output with its kind and, in the unified form, its own storage."""
    for output in getattr(request, "outputs", ()):
        kind = output.which_oneof("config")
        if kind is not None:
            yield kind, getattr(output, kind), output.storage
    for kind in _KINDS:
        single = getattr(request, kind, None)
        if single is not None:
            yield kind, single, None
        for output in getattr(request, _LISTS[kind], ()):
            yield kind, output, None


def _request_of(info: EgressInfo) -> Message | None:
    kind = info.which_oneof("request")
    request: Message | None = getattr(info, kind) if kind is not None else None
    return request


def start_results(info: EgressInfo) -> None:
    """Set the streams of an egress that has become active."""
    request = _request_of(info)
    if request is None:
        return
    info.stream_results = [
        StreamInfo(url=url, started_at=info.started_at)
        for kind, output, _ in _outputs(request)
        if kind == "stream"
        for url in output.urls
    ]


def finish_results(info: EgressInfo) -> None:
    """Set the result of each output of an ended egress."""
    for stream in info.stream_results:
        if stream.status == StreamInfo.Status.ACTIVE:
            stream.status = StreamInfo.Status.FINISHED
            stream.ended_at = info.ended_at
            stream.duration = info.ended_at - stream.started_at
    request = _request_of(info)
    if request is None or not info.started_at or info.error_code == 500:
        return
    for kind, output, _ in _outputs(request):
        _add_result(info, kind, output)


def _add_result(info: EgressInfo, kind: str, output: Any) -> None:
    duration = max(0, info.ended_at - info.started_at)
    times: dict[str, Any] = {"started_at": info.started_at, "ended_at": info.ended_at}
    seconds = duration // 1_000_000_000
    if kind == "file":
        path = _fill(output.filepath, info) or f"{info.room_name or info.egress_id}.mp4"
        size = max(1, seconds) * _BYTES_PER_SECOND
        times |= {"duration": duration, "size": size, "location": path}
        info.file_results.append(FileInfo(filename=path, **times))
    elif kind == "segments":
        prefix = _fill(output.filename_prefix, info)
        playlist = _fill(output.playlist_name, info) or f"{prefix}.m3u8"
        count = max(1, seconds // (output.segment_duration or _SEGMENT_SECONDS))
        times |= {"duration": duration, "size": max(1, seconds) * _BYTES_PER_SECOND}
        result = SegmentsInfo(
            playlist_name=playlist,
            playlist_location=playlist,
            live_playlist_name=output.live_playlist_name,
            segment_count=count,
            **times,
        )
        info.segment_results.append(result)
    elif kind == "images":
        count = max(1, seconds // (output.capture_interval or _IMAGE_SECONDS))
        prefix = _fill(output.filename_prefix, info)
        info.image_results.append(ImagesInfo(filename_prefix=prefix, image_count=count, **times))


def _fill(path: str, info: EgressInfo) -> str:
    """A path with its templates replaced by the room's name and id."""
    return path.replace("{room_name}", info.room_name).replace("{room_id}", info.room_id)
