"""Dispatches of agents to a room (recorded behaviours 42 and 43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.protocol.agent_dispatch import AgentDispatch, AgentDispatchState, RoomAgentDispatch

if TYPE_CHECKING:
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.protocol.room import CreateRoomRequest

__all__ = ["dispatches_of_room", "make_dispatch"]


def dispatches_of_room(runtime: Runtime, request: CreateRoomRequest) -> list[AgentDispatch]:
    """The dispatches a new room begins with: its agents, or one without a name."""
    agents = request.agents or [RoomAgentDispatch()]
    return [make_dispatch(runtime, request.name, agent) for agent in agents]


def make_dispatch(runtime: Runtime, room: str, agent: RoomAgentDispatch) -> AgentDispatch:
    """A dispatch of one agent into a room; its time is in nanoseconds."""
    return AgentDispatch(
        id=runtime.ids.make("AD_"),
        agent_name=agent.agent_name,
        room=room,
        metadata=agent.metadata,
        state=AgentDispatchState(created_at=int(runtime.clock.now() * 1_000_000_000)),
        restart_policy=agent.restart_policy,
        deployment=agent.deployment,
        attributes=dict(agent.attributes),
    )
