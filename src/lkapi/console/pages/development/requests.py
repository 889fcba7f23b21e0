"""Requests: everything that clients sent to ``lkapi dev``, live, with refusals explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.console.web.page import Page, Route

if TYPE_CHECKING:
    from starlette.responses import Response

    from lkapi.console.web.view import View

__all__ = ["explain", "page"]

_SIZE: Final = 100
_CAUSES: Final = {
    "unauthenticated": "The token is missing, malformed, expired, or signed with another secret.",
    "permission_denied": "The token is valid, but lacks a grant that this call needs.",
    "not_found": "What the request names does not exist now.",
    "already_exists": "Something with this name or number exists already.",
    "invalid_argument": "A field of the request has a value that the server does not accept.",
    "malformed": "The body is not the protobuf or JSON message that this method expects.",
    "bad_route": "There is no such method, or the HTTP method is not POST.",
    "failed_precondition": "It is not possible in the current state.",
    "resource_exhausted": "A limit is reached.",
    "unimplemented": "The simulated server does not have this.",
}
"""What each Twirp code means here."""


def explain(status: int, code: str) -> str:
    """What a refusal means, in a sentence."""
    if status == 0:
        return "A simulated fault closed the connection."
    if code in _CAUSES:
        return _CAUSES[code]
    if status == 401:
        return _CAUSES["unauthenticated"]
    return "There is nothing at this path." if status == 404 else ""


async def show_requests(view: View) -> Response:
    """``GET /requests``: ``refused=on`` leaves out those that succeeded."""
    refused = view.query.get("refused", "") == "on"
    wanted = view.query.get("q", "").strip().casefold()
    found = [
        (number, at, served, explain(served.status, served.code) if served.refused else "")
        for number, at, served in reversed(view.console.served)
        if (served.refused or not refused)
        and wanted in f"{served.name} {served.about} {served.identity}".casefold()
    ]
    return view.render(
        "requests.html",
        found=found[:_SIZE],
        total=len(view.console.served),
        refused=refused,
        wanted=view.query.get("q", ""),
    )


page: Final = Page(
    name="requests",
    title="Requests",
    path="/requests",
    routes=(Route(path="/requests", handler=show_requests),),
    only_dev=True,
)
