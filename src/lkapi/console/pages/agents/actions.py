"""Sending agents into rooms, and withdrawing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import CallAction
from lkapi.console.actions.shown import Command
from lkapi.presentation.texts import show_count

if TYPE_CHECKING:
    from lkapi.console.console import Console

__all__ = ["AGENT_ACTIONS"]

_AFTER: Final = ("dispatches", "room-dispatches", "rooms", "room")


async def _ends(console: Console, request: Any) -> str:
    found = await console.store.read(f"room-dispatches:{request.room}")
    dispatch = found.find("id", request.dispatch_id)
    if dispatch is None:
        return "There is no such dispatch now."
    jobs = dispatch.state.jobs if dispatch.state is not None else ()
    running = [
        job for job in jobs
        if job.state is not None and job.state.status == lkapi.JobStatus.JS_RUNNING
    ]  # fmt: skip
    who = dispatch.agent_name or "the agent without a name"
    if not running:
        return f"It has no running job: {who} will not be sent into {request.room} any more."
    return f"Ends {show_count(len(running), 'job')}: {who} leaves {request.room}."


AGENT_ACTIONS: Final = (
    CallAction(
        name="dispatch.create",
        title="Dispatch an agent",
        row_name="agent_dispatch.CREATE_DISPATCH",
        fields=("room", "agent_name", "metadata", "attributes", "restart_policy", "deployment"),
        required=("room",),
        helps={
            "agent_name": "The name with which its workers register; empty for workers "
            "without a name.",
            "metadata": "The agent gets it with its job.",
            "room": "It is created if it does not exist.",
        },
        command=Command(words="dispatch create", arguments=("room", "agent_name")),
        topics=_AFTER,
        button="Dispatch",
        done="{agent_name} is sent into {room}.",
    ),
    CallAction(
        name="dispatch.delete",
        title="Delete the dispatch",
        row_name="agent_dispatch.DELETE_DISPATCH",
        fixed=("room", "dispatch_id"),
        required=("room", "dispatch_id"),
        command=Command(words="dispatch delete", arguments=("room", "dispatch_id"), asks=True),
        destroys=True,
        what_ends=_ends,
        topics=_AFTER,
        button="Delete",
        done="{dispatch_id} was deleted.",
    ),
)
"""For one room each."""
