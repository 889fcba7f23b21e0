"""``GET /live``: the versions of the topics that a page shows, requested once a second.

The request also shows the poller that somebody looks. For each tab, server-sent events would use
one of the six connections that a browser opens to a host over HTTP/1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from lkapi.console.web.view import View

__all__ = ["live", "plots"]

_MAX_TOPICS: Final = 20
SERIES: Final = ("rooms", "people", "egress", "calls")


async def live(view: View) -> Response:
    """The versions, and whether the poller waits because the server asked for it."""
    topics = view.query.getlist("topic")[:_MAX_TOPICS]
    console = view.console
    console.poller.want(topics)
    told: dict[str, Any] = {topic: console.version_of(topic) for topic in topics}
    problems = [console.store.get(topic).problem for topic in topics]
    problem = next((one for one in problems if one is not None), None)
    return JSONResponse(
        {
            "versions": told,
            "paused": round(console.poller.paused),
            "problem": f"{problem.title}: {problem.reason}" if problem else "",
        }
    )


async def plots(view: View) -> Response:
    """``GET /plots``: the counts of the last hour as columns."""
    columns = view.console.store.history.columns(*SERIES)
    return JSONResponse({"names": ["time", *SERIES], "columns": columns})
