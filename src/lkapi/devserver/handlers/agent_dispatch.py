"""AgentDispatchService: dispatches of agents to rooms (recorded behaviours 42 and 43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.participant import MISSING_WAIT
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.http.errors import inner_error, no_response
from lkapi.devserver.rooms.limits import MAX_ATTRIBUTES, MAX_METADATA, size
from lkapi.errors import APIError, InvalidArgumentError, NotFoundError
from lkapi.methods.agent_dispatch import CREATE_DISPATCH, DELETE_DISPATCH, LIST_DISPATCH
from lkapi.protocol.agent_dispatch import (
    AgentDispatch,
    CreateAgentDispatchRequest,
    DeleteAgentDispatchRequest,
    ListAgentDispatchRequest,
    ListAgentDispatchResponse,
    RoomAgentDispatch,
)
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.rooms.room_state import RoomState

MAX_DEPLOYMENT = 64
"""Bytes of a deployment's name."""


@handles(CREATE_DISPATCH)
def create_dispatch(call: Call, request: CreateAgentDispatchRequest) -> AgentDispatch:
    """Dispatch an agent to a room, which is created if ``auto_create`` is set."""
    _check_sizes(request)
    if call.world.config.auto_create:
        call.world.create_room(CreateRoomRequest(name=request.room))
    room = _reach(call, request.room)
    agent = RoomAgentDispatch(
        agent_name=request.agent_name,
        metadata=request.metadata,
        restart_policy=request.restart_policy,
        deployment=request.deployment,
        attributes=dict(request.attributes),
    )
    return call.world.room_manager.add_dispatch(room, agent)


def _check_sizes(request: CreateAgentDispatchRequest) -> None:
    attributes = sum(size(name) + size(value) for name, value in request.attributes.items())
    if size(request.metadata) > MAX_METADATA:
        raise _invalid_argument("metadata size exceeds limits")
    if attributes > MAX_ATTRIBUTES:
        raise _invalid_argument("attributes size exceeds limits")
    if size(request.deployment) > MAX_DEPLOYMENT:
        raise _invalid_argument(f"deployment exceeds {MAX_DEPLOYMENT} bytes")


def _invalid_argument(message: str) -> APIError:
    return inner_error(InvalidArgumentError, "invalid_argument", message)


def _reach(call: Call, name: str) -> RoomState:
    """The room, for calls that the server sends to the node that owns it.

    Raises:
        UnavailableError: after a wait, the room is not open.
    """
    room = call.world.find_room(name)
    if room is None:
        call.wait(MISSING_WAIT)
        raise no_response()
    return room


@handles(LIST_DISPATCH)
def list_dispatch(call: Call, request: ListAgentDispatchRequest) -> ListAgentDispatchResponse:
    """The dispatches of a room, or the one of an id; an unknown id returns an empty list."""
    room = _reach(call, request.room)
    wanted = request.dispatch_id
    found = [d.copy() for d in room.dispatches.values() if not wanted or d.id == wanted]
    return ListAgentDispatchResponse(agent_dispatches=found)


@handles(DELETE_DISPATCH)
def delete_dispatch(call: Call, request: DeleteAgentDispatchRequest) -> AgentDispatch:
    """Delete a dispatch."""
    room = _reach(call, request.room)
    dispatch = call.world.room_manager.delete_dispatch(room, request.dispatch_id)
    if dispatch is None:
        raise inner_error(NotFoundError, "not_found", "dispatch ID not found")
    return dispatch
