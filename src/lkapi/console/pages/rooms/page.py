"""Rooms: the list, one room, one participant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.pages.rooms.actions import ROOM_ACTIONS
from lkapi.console.store import Source
from lkapi.console.timeline import egress_states
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods.room import LIST_PARTICIPANTS, LIST_ROOMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["page"]

_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "name": lambda room: room.name,
    "people": lambda room: room.num_participants,
    "publishers": lambda room: room.num_publishers,
    "created": lambda room: room.creation_time_ms or room.creation_time * 1000,
}
_PEOPLE_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "identity": lambda person: person.identity,
    "name": lambda person: person.name,
    "state": lambda person: int(person.state),
    "tracks": lambda person: len(person.tracks),
    "joined": lambda person: person.joined_at_ms or person.joined_at * 1000,
}


async def _read_rooms(link: Link, _: str) -> list[lkapi.Room]:
    return list((await link.read(LIST_ROOMS, lkapi.ListRoomsRequest())).rooms)


async def _read_people(link: Link, name: str) -> list[lkapi.ParticipantInfo]:
    try:
        found = await link.read(LIST_PARTICIPANTS, lkapi.ListParticipantsRequest(room=name))
    except lkapi.NotFoundError:
        return []
    return list(found.participants)


def _count_rooms(rooms: list[lkapi.Room]) -> dict[str, int]:
    return {"rooms": len(rooms), "people": sum(room.num_participants for room in rooms)}


async def _read_room_egress(link: Link, name: str) -> list[lkapi.EgressInfo]:
    from lkapi.methods.egress import LIST_EGRESS

    return await link.read_pages(LIST_EGRESS, lkapi.ListEgressRequest(room_name=name))


async def _read_room_ingress(link: Link, name: str) -> list[lkapi.IngressInfo]:
    from lkapi.methods.ingress import LIST_INGRESS

    return await link.read_pages(LIST_INGRESS, lkapi.ListIngressRequest(room_name=name))


async def _read_dispatches(link: Link, name: str) -> list[lkapi.AgentDispatch]:
    from lkapi.methods.agent_dispatch import LIST_DISPATCH

    found = await link.read(LIST_DISPATCH, lkapi.ListAgentDispatchRequest(room=name))
    return list(found.agent_dispatches)


async def show_rooms(view: View) -> Response:
    """``GET /rooms``."""
    rooms = await view.reading("rooms")
    listing = Listing(
        view, rooms.value or [], sorts=_SORTS, first="-created",
        text=lambda room: (room.name, room.sid, room.metadata),
    )  # fmt: skip
    return view.render("rooms.html", rooms=rooms, listing=listing)


async def show_room(view: View) -> Response:
    """``GET /room?name=demo``: names may contain anything, so they are not part of a path."""
    name = view.query.get("name", "")
    rooms = await view.reading("rooms")
    people = await view.reading(f"room:{name}")
    room = rooms.find("name", name)
    listing = Listing(
        view, people.value or [], sorts=_PEOPLE_SORTS, first="identity",
        text=lambda person: (person.identity, person.name, person.metadata),
    )  # fmt: skip
    return view.render(
        "room.html",
        name=name,
        room=room,
        people=people,
        listing=listing,
        egress=await view.reading(f"room-egress:{name}"),
        ingress=await view.reading(f"room-ingress:{name}"),
        dispatches=await view.reading(f"room-dispatches:{name}"),
        title=f"Room {name}",
    )


async def show_participant(view: View) -> Response:
    """``GET /participant?room=demo&identity=ann``."""
    name, identity = view.query.get("room", ""), view.query.get("identity", "")
    people = await view.reading(f"room:{name}")
    person = people.find("identity", identity)
    return view.render(
        "participant.html",
        name=name,
        identity=identity,
        people=people,
        person=person,
        others=[one for one in people.value or () if one.identity != identity],
        title=f"{identity} in {name}",
    )


page: Final = Page(
    name="rooms",
    title="Rooms",
    path="/rooms",
    routes=(
        Route(path="/rooms", handler=show_rooms),
        Route(path="/room", handler=show_room),
        Route(path="/participant", handler=show_participant),
    ),
    sources=(
        Source(name="rooms", read=_read_rooms, counts=_count_rooms, events=("room", "participant")),
        Source(name="room", read=_read_people, events=("participant", "track")),
        Source(
            name="room-egress",
            read=_read_room_egress,
            events=("egress",),
            states=egress_states,
        ),
        Source(name="room-ingress", read=_read_room_ingress, events=("ingress",)),
        Source(
            name="room-dispatches",
            read=_read_dispatches,
            events=("participant", "agent"),
        ),
    ),
    actions=ROOM_ACTIONS,
)
