"""Overview: what happens now, the last events, plots of the last hour."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.store import Source
from lkapi.console.timeline import egress_states
from lkapi.console.web.page import Page, Route
from lkapi.methods.egress import LIST_EGRESS

if TYPE_CHECKING:
    from starlette.responses import Response

    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["Calls", "page"]

_MAX_ROOMS: Final = 40
"""Rooms whose participants are read to find phone calls; there is no API that lists calls."""
_EVERY: Final = 1.5
_AT_ONCE: Final = 8
"""Rooms that are read at the same time."""
_SIP: Final = lkapi.ParticipantInfo.Kind.SIP


@attrs.frozen(kw_only=True)
class Calls:
    """Phone calls that are in progress."""

    people: tuple[lkapi.ParticipantInfo, ...]
    """The participants that are phone calls."""
    rooms: tuple[str, ...]
    """The room of each."""
    complete: bool
    """Whether every room was read."""


async def _read_egress(link: Link, _: str) -> list[lkapi.EgressInfo]:
    return await link.read_pages(LIST_EGRESS, lkapi.ListEgressRequest(active=True))


async def _read_calls(link: Link, _: str) -> Calls:
    from lkapi.methods.room import LIST_PARTICIPANTS, LIST_ROOMS

    rooms = (await link.recent(LIST_ROOMS, lkapi.ListRoomsRequest(), _EVERY)).rooms
    busy = [room.name for room in rooms if room.num_participants]
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def callers(name: str) -> list[tuple[str, lkapi.ParticipantInfo]]:
        request = lkapi.ListParticipantsRequest(room=name)
        try:
            async with at_once:
                listed = await link.read(LIST_PARTICIPANTS, request)
        except lkapi.NotFoundError:  # it ended meanwhile
            return []
        return [(name, person) for person in listed.participants if person.kind == _SIP]

    looked = await asyncio.gather(*map(callers, busy[:_MAX_ROOMS]))
    found = [one for many in looked for one in many]
    return Calls(
        people=tuple(person for _, person in found),
        rooms=tuple(name for name, _ in found),
        complete=len(busy) <= _MAX_ROOMS,
    )


def _count_egress(found: list[Any]) -> dict[str, int]:
    return {"egress": len(found)}


def _count_calls(found: Calls) -> dict[str, int]:
    return {"calls": len(found.people)}


async def show(view: View) -> Response:
    """``GET /``."""
    console = view.console
    rooms = await view.reading("rooms")
    egress = await view.reading("egress-now")
    calls = await view.reading("calls")
    values: dict[str, Any] = {
        "rooms": rooms,
        "people": sum(room.num_participants for room in rooms.value or ()),
        "egress": egress,
        "calls": calls,
        "largest": sorted(rooms.value or (), key=lambda room: -room.num_participants)[:8],
        "heard": list(console.heard)[-12:][::-1],
        "hook": f"http://{view.request.url.netloc}/webhook",
    }
    return view.render("overview.html", **values)


page: Final = Page(
    name="overview",
    title="Overview",
    path="/",
    routes=(Route(path="/", handler=show),),
    sources=(
        Source(
            name="egress-now", read=_read_egress, every=2.0, events=("egress",),
            counts=_count_egress, states=egress_states,
        ),
        Source(
            name="calls", read=_read_calls, every=_EVERY, events=("participant",),
            counts=_count_calls,
        ),
    ),
)  # fmt: skip
