"""Ingress: entrances for media from outside, with the settings that encoders need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import PlainTextResponse, Response

import lkapi
from lkapi.console.pages.ingress.actions import INGRESS_ACTIONS
from lkapi.console.pages.ingress.recipes import PLACEHOLDER, recipes_for
from lkapi.console.store import Source
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route
from lkapi.methods.ingress import LIST_INGRESS
from lkapi.presentation.enum_names import short_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["page"]


def _status(info: lkapi.IngressInfo) -> str:
    """The status as a word; an ingress that never got media has none."""
    return short_name(info.state.status) if info.state is not None else "inactive"


_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "name": lambda info: (info.name or info.ingress_id).casefold(),
    "input": lambda info: int(info.input_type),
    "room": lambda info: info.room_name,
    "status": lambda info: (int(info.state.status) if info.state is not None else 0, info.name),
    "started": lambda info: info.state.started_at if info.state is not None else 0,
}


async def _read_ingress(link: Link, _: str) -> list[lkapi.IngressInfo]:
    return await link.read_pages(LIST_INGRESS, lkapi.ListIngressRequest())


async def _read_one(link: Link, ingress_id: str) -> lkapi.IngressInfo | None:
    request = lkapi.ListIngressRequest(ingress_id=ingress_id)
    found: lkapi.IngressInfo | None = await link.read_one(LIST_INGRESS, request, "ingress_id")
    return found


async def show_ingress(view: View) -> Response:
    """``GET /ingress``."""
    ingress = await view.reading("ingress")
    listing = Listing(
        view, ingress.value or [], sorts=_SORTS, first="name",
        text=lambda info: (
            info.ingress_id, info.name, info.room_name, info.participant_identity,
        ),
    )  # fmt: skip
    return view.render("ingress.html", ingress=ingress, listing=listing, status_of=_status)


async def show_one(view: View) -> Response:
    """``GET /ingress/one?id=IN_x``: without the stream key."""
    ingress_id = view.query.get("id", "")
    one = await view.reading(f"ingress-one:{ingress_id}")
    info: lkapi.IngressInfo | None = one.value
    return view.render(
        "ingress_one.html",
        ingress_id=ingress_id,
        one=one,
        info=info,
        recipes=() if info is None else recipes_for(info),
        revealed=False,
        placeholder=PLACEHOLDER,
        status_of=_status,
        title=f"Ingress {info.name or ingress_id}" if info is not None else "Ingress",
    )


async def _wanted(view: View) -> lkapi.IngressInfo | None:
    ingress_id = (await view.form()).get("id", "")
    found: lkapi.IngressInfo | None = (
        await view.console.store.get_or_read(f"ingress-one:{ingress_id}")
    ).value
    return found


async def reveal(view: View) -> Response:
    """``POST /ingress/recipes``: the recipes with the stream key, on request."""
    info = await _wanted(view)
    if info is None:
        return view.not_found("There is no such ingress (any more).")
    return view.render(
        "ingress_recipes.html",
        info=info,
        recipes=recipes_for(info, info.stream_key),
        revealed=True,
        placeholder=PLACEHOLDER,
    )


async def copy_key(view: View) -> Response:
    """``POST /ingress/key``: the stream key alone, for the clipboard."""
    info = await _wanted(view)
    if info is None or not info.stream_key:
        return PlainTextResponse("there is no such key", status_code=404)
    return PlainTextResponse(info.stream_key)


page: Final = Page(
    name="ingress",
    title="Ingress",
    path="/ingress",
    routes=(
        Route(path="/ingress", handler=show_ingress),
        Route(path="/ingress/one", handler=show_one),
        Route(path="/ingress/recipes", handler=reveal, method="POST"),
        Route(path="/ingress/key", handler=copy_key, method="POST"),
    ),
    sources=(
        Source(name="ingress", read=_read_ingress, events=("ingress",)),
        Source(name="ingress-one", read=_read_one, events=("ingress",)),
    ),
    actions=INGRESS_ACTIONS,
)
