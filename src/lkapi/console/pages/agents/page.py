"""Agents: who is sent into which room, and the jobs for that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.pages.agents.actions import AGENT_ACTIONS
from lkapi.console.stage.agents import AGENTS
from lkapi.console.store import Source
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods.agent_dispatch import LIST_DISPATCH
from lkapi.methods.room import LIST_ROOMS
from lkapi.presentation.enum_names import short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.responses import Response

    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["Dispatches", "JobRow", "page"]

_MAX_ROOMS: Final = 40
"""Rooms whose dispatches are read; there is no API that lists those of all rooms."""
_MAX_SHOWN: Final = 100


@attrs.frozen(kw_only=True)
class Dispatches:
    """The dispatches of the rooms that were read."""

    found: tuple[lkapi.AgentDispatch, ...]
    complete: bool = True
    """Whether every room was read."""
    unread: tuple[str, ...] = ()
    """Rooms that could not be read because they ended meanwhile."""


@attrs.frozen(kw_only=True)
class JobRow:
    """One job of a dispatch."""

    dispatch: lkapi.AgentDispatch
    job: lkapi.Job
    state: lkapi.JobState

    @property
    def status(self) -> str:
        """The status as a word."""
        return short_name(self.state.status)

    @property
    def created(self) -> dt.datetime | None:
        """When it was made; some servers do not send it."""
        if not self.job.created_at:
            return None
        return dt.datetime.fromtimestamp(self.job.created_at / 1e9, dt.timezone.utc)

    @property
    def error(self) -> str:
        """Why it failed or ended, in the server's words."""
        if self.state.error or not self.state.reason:
            return self.state.error
        return short_name(self.state.reason).replace("_", " ")


_SORTS: Final[dict[str, Callable[[JobRow], Any]]] = {
    "status": lambda row: (int(row.state.status), -row.state.started_at),
    "agent": lambda row: (row.dispatch.agent_name, -row.state.started_at),
    "room": lambda row: (row.dispatch.room, -row.state.started_at),
    "started": lambda row: row.state.started_at or row.job.created_at,
    "ended": lambda row: row.state.ended_at,
}


async def _read_dispatches(link: Link, _: str) -> Dispatches:
    rooms = (await link.read(LIST_ROOMS, lkapi.ListRoomsRequest())).rooms
    newest = sorted(rooms, key=lambda room: -(room.creation_time_ms or room.creation_time * 1000))
    found: list[lkapi.AgentDispatch] = []
    unread: list[str] = []
    for room in newest[:_MAX_ROOMS]:
        request = lkapi.ListAgentDispatchRequest(room=room.name)
        try:
            found += (await link.read(LIST_DISPATCH, request)).agent_dispatches
        except (lkapi.NotFoundError, lkapi.UnavailableError):
            unread.append(room.name)
    complete = len(rooms) <= _MAX_ROOMS
    return Dispatches(found=tuple(found), complete=complete, unread=tuple(unread))


def jobs_of(found: Iterable[lkapi.AgentDispatch]) -> list[JobRow]:
    """The jobs of dispatches."""
    return [
        JobRow(dispatch=dispatch, job=job, state=job.state or lkapi.JobState())
        for dispatch in found
        for job in (dispatch.state.jobs if dispatch.state is not None else ())
    ]


async def show_agents(view: View) -> Response:
    """``GET /agents``: of one room with ``room``, of the newest rooms otherwise."""
    room, wanted = view.query.get("room", "").strip(), view.query.get("q", "").strip().casefold()
    topic = f"room-dispatches:{room}" if room else "dispatches"
    reading = await view.reading(topic)
    value = reading.value
    known = Dispatches(found=tuple(value or ())) if room or value is None else value
    listing = Listing(view, jobs_of(known.found), sorts=_SORTS, first="-started", text=_job_texts)
    dispatches = [
        one for one in known.found
        if wanted in f"{one.id} {one.agent_name} {one.room} {one.metadata}".casefold()
    ]  # fmt: skip
    return view.render(
        "agents.html",
        topic=topic,
        reading=reading,
        known=known,
        room=room,
        listing=listing,
        dispatches=dispatches[:_MAX_SHOWN],
        count=len(dispatches),
        most_rooms=_MAX_ROOMS,
        workers=_workers(view),
    )


def _job_texts(row: JobRow) -> tuple[str, ...]:
    return (
        row.job.id, row.dispatch.id, row.dispatch.agent_name, row.dispatch.room, row.status,
        row.error, row.state.worker_id, row.state.participant_identity,
    )  # fmt: skip


def _workers(view: View) -> list[tuple[Any, str]]:
    """The workers of the simulated world, each with its response to offers."""
    stage: Any = view.console.stage
    if stage is None:
        return []
    return [(one, _answer(one)) for one in stage.server.world.agents.all()]


def _answer(worker: Any) -> str:
    if worker.status == lkapi.WorkerStatus.WS_FULL:
        return "full"
    return "accepts" if worker.accepts(lkapi.Job()) else "rejects"


page: Final = Page(
    name="agents",
    title="Agents",
    path="/agents",
    routes=(Route(path="/agents", handler=show_agents),),
    sources=(
        Source(
            name="dispatches", read=_read_dispatches,
            events=("room", "participant", "agent"),
        ),
    ),
    actions=(*AGENT_ACTIONS, *AGENTS),
)  # fmt: skip
