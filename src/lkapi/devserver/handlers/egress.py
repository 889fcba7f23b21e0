"""Egress: recording and streaming out of rooms, by a worker if there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lkapi.devserver.handlers.pagination import latest_page
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.handlers.workers import EGRESS_SEARCH, require_redis, require_worker
from lkapi.devserver.http.errors import inner_error, participant_not_found, room_not_found
from lkapi.devserver.media.recording import RUNNING, Recording
from lkapi.errors import APIError, FailedPreconditionError, NotFoundError
from lkapi.methods.egress import (
    LIST_EGRESS,
    START_EGRESS,
    START_PARTICIPANT_EGRESS,
    START_ROOM_COMPOSITE_EGRESS,
    START_TRACK_COMPOSITE_EGRESS,
    START_TRACK_EGRESS,
    START_WEB_EGRESS,
    STOP_EGRESS,
    UPDATE_LAYOUT,
    UPDATE_STREAM,
)
from lkapi.protocol.egress import (
    EgressInfo,
    EgressStatus,
    ListEgressRequest,
    ListEgressResponse,
    ParticipantEgressRequest,
    RoomCompositeEgressRequest,
    StartEgressRequest,
    StopEgressRequest,
    TrackCompositeEgressRequest,
    TrackEgressRequest,
    UpdateLayoutRequest,
    UpdateStreamRequest,
    WebEgressRequest,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.message import Message

WORKER_WAIT = 3.0
"""Seconds that the server waits for the worker of an unknown egress."""


def _start(call: Call, kind: str, room_name: str, request: Message) -> EgressInfo:
    """Start an egress; only a named room is looked up before a worker."""
    room = call.world.find_room(room_name) if room_name else None
    if room_name and room is None:
        raise room_not_found()
    require_worker(call, EGRESS_SEARCH, present=_has_worker(call))
    return call.world.egresses.start(kind, request, room)


def _has_worker(call: Call) -> bool:
    """Workers are reached through redis."""
    return call.world.config.has_egress


@handles(START_EGRESS)
def start_egress(call: Call, request: StartEgressRequest) -> EgressInfo:
    """Start an egress of the unified form."""
    return _start(call, "egress", request.room_name, request)


@handles(START_ROOM_COMPOSITE_EGRESS)
def start_room_composite(call: Call, request: RoomCompositeEgressRequest) -> EgressInfo:
    """Record a whole room through a web layout."""
    return _start(call, "room_composite", request.room_name, request)


@handles(START_WEB_EGRESS)
def start_web(call: Call, request: WebEgressRequest) -> EgressInfo:
    """Record a web page."""
    return _start(call, "web", "", request)


@handles(START_PARTICIPANT_EGRESS)
def start_participant(call: Call, request: ParticipantEgressRequest) -> EgressInfo:
    """Record one participant."""
    return _start(call, "participant", request.room_name, request)


@handles(START_TRACK_COMPOSITE_EGRESS)
def start_track_composite(call: Call, request: TrackCompositeEgressRequest) -> EgressInfo:
    """Record an audio and a video track together."""
    return _start(call, "track_composite", request.room_name, request)


@handles(START_TRACK_EGRESS)
def start_track(call: Call, request: TrackEgressRequest) -> EgressInfo:
    """Record one track without transcoding."""
    return _start(call, "track", request.room_name, request)


def _not_found() -> APIError:
    return inner_error(NotFoundError, "not_found", "egress does not exist")


def _find(call: Call, egress_id: str) -> Recording:
    """The egress, for calls that look it up.

    Raises:
        NotFoundError: at once.
    """
    require_redis(call, "egress")
    recording = call.world.egresses.find(egress_id)
    if recording is None:
        raise _not_found()
    return recording


def _reach(call: Call, egress_id: str, done: str) -> Recording:
    """The running egress, for calls that the server sends to its worker.

    Raises:
        NotFoundError: after a wait, there is no such egress.
        FailedPreconditionError: after a wait, it has ended.
    """
    recording = call.world.egresses.find(egress_id)
    if recording is not None and recording.running:
        return recording
    call.wait(WORKER_WAIT)
    require_redis(call, "egress")
    if recording is None:
        raise _not_found()
    status = EgressStatus.Name(recording.info.status)
    text = f"egress with status {status} cannot be {done}"
    raise FailedPreconditionError("failed_precondition", text)


@handles(UPDATE_LAYOUT)
def update_layout(call: Call, request: UpdateLayoutRequest) -> EgressInfo:
    """Set another layout in the metadata of the recorder's participant."""
    recording = _find(call, request.egress_id)
    info = recording.info
    recorder = call.world.find_participant(info.room_name, info.egress_id)
    if recorder is None:
        raise participant_not_found()
    recorder.info.metadata = json.dumps({"layout": request.layout}, separators=(",", ":"))
    recorder.touch()
    return info.copy()


@handles(UPDATE_STREAM)
def update_stream(call: Call, request: UpdateStreamRequest) -> EgressInfo:
    """Begin and end streams of a running egress."""
    recording = _reach(call, request.egress_id, "updated")
    add = [*request.add_output_urls, *_destinations(request.add_destinations)]
    return call.world.egresses.change_streams(recording, add, list(request.remove_output_urls))


def _destinations(destinations: list[Any]) -> list[str]:
    return [url for item in destinations if (url := str(getattr(item, "url", "")))]


@handles(LIST_EGRESS)
def list_egress(call: Call, request: ListEgressRequest) -> ListEgressResponse:
    """One egress by id, which has precedence over the room; or those of a room, or all."""
    require_redis(call, "egress")
    if request.egress_id:
        return ListEgressResponse(items=[_find(call, request.egress_id).info.copy()])
    found = [
        info
        for info in call.world.egresses.all()
        if (not request.room_name or info.room_name == request.room_name)
        and (not request.active or info.status in RUNNING)
    ]
    if not call.world.config.cloud:
        return ListEgressResponse(items=found)
    page, following = latest_page(found, request.page_token, call.world.config.page_size)
    return ListEgressResponse(items=page, next_page_token=following)


@handles(STOP_EGRESS)
def stop_egress(call: Call, request: StopEgressRequest) -> EgressInfo:
    """End a running egress."""
    return call.world.egresses.stop(_reach(call, request.egress_id, "stopped"))
