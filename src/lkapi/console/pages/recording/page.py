"""Recording: every egress with its state over time, and one egress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.pages.recording.actions import EGRESS_ACTIONS
from lkapi.console.pages.recording.starts import EGRESS_STARTS
from lkapi.console.pages.recording.words import (
    describe_end,
    describe_kind,
    describe_outputs,
    describe_source,
    request_of,
)
from lkapi.console.store import Source
from lkapi.console.timeline import egress_states
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods.egress import LIST_EGRESS
from lkapi.presentation.enum_names import short_name, short_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from lkapi.console.link import Link
    from lkapi.console.timeline import State
    from lkapi.console.web.view import View

__all__ = ["page"]


def _latest(info: lkapi.EgressInfo) -> int:
    return info.started_at or info.updated_at


_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "status": lambda info: (info.is_terminal, -_latest(info)),
    "room": lambda info: (info.room_name, -_latest(info)),
    "kind": lambda info: (describe_kind(info), -_latest(info)),
    "started": _latest,
    "lasted": lambda info: (info.ended_at or info.updated_at) - _latest(info),
}
_WORDS: Final = {
    "kind": describe_kind,
    "source": describe_source,
    "outputs": describe_outputs,
    "end": describe_end,
}


async def _read_egress(link: Link, _: str) -> list[lkapi.EgressInfo]:
    return await link.read_pages(LIST_EGRESS, lkapi.ListEgressRequest())


async def _read_one(link: Link, egress_id: str) -> lkapi.EgressInfo | None:
    request = lkapi.ListEgressRequest(egress_id=egress_id)
    found: lkapi.EgressInfo | None = await link.read_one(LIST_EGRESS, request, "egress_id")
    return found


def _states_of_one(found: lkapi.EgressInfo | None) -> list[State]:
    return egress_states([] if found is None else [found])


def _has_status(info: lkapi.EgressInfo, wanted: str) -> bool:
    if wanted == "running":
        return not info.is_terminal
    return not wanted or short_name(info.status) == wanted


async def show_recording(view: View) -> Response:
    """``GET /recording``: ``room`` and ``status`` filter the list."""
    room, status = view.query.get("room", "").strip(), view.query.get("status", "")
    egress = await view.reading("egress")
    found = [
        info for info in egress.value or ()
        if room in ("", info.room_name) and _has_status(info, status)
    ]  # fmt: skip
    listing = Listing(
        view, found, sorts=_SORTS, first="status",
        text=lambda info: (
            info.egress_id, info.room_name, describe_source(info), info.error,
            *describe_outputs(info),
        ),
    )  # fmt: skip
    return view.render(
        "recording.html",
        egress=egress,
        listing=listing,
        room=room,
        wanted=status,
        statuses=short_names(lkapi.EgressStatus),
        timeline=view.console.store.timeline,
        words=_WORDS,
    )


async def show_egress(view: View) -> Response:
    """``GET /recording/egress?id=EG_x``."""
    egress_id = view.query.get("id", "")
    one = await view.reading(f"egress-one:{egress_id}")
    info: lkapi.EgressInfo | None = one.value
    return view.render(
        "egress.html",
        egress_id=egress_id,
        one=one,
        info=info,
        asked=None if info is None else request_of(info),
        steps=view.console.store.timeline.of(egress_id),
        words=_WORDS,
        title=f"Egress {egress_id}",
    )


page: Final = Page(
    name="recording",
    title="Recording",
    path="/recording",
    routes=(
        Route(path="/recording", handler=show_recording),
        Route(path="/recording/egress", handler=show_egress),
    ),
    sources=(
        Source(name="egress", read=_read_egress, events=("egress",), states=egress_states),
        Source(name="egress-one", read=_read_one, events=("egress",), states=_states_of_one),
    ),
    actions=(*EGRESS_STARTS, *EGRESS_ACTIONS),
)
