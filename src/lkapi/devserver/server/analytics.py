"""The Analytics API: ``GET /api/project/{id}/sessions`` and the details of one; LiveKit Cloud only.

Any project id stands for this server. The real API's errors were not recorded; these are in plain
text.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.http.responses import page_not_found, text_response
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.http.routes import Target
    from lkapi.devserver.rooms.sessions import Session
    from lkapi.devserver.world import World

__all__ = ["PROJECTS", "analytics_response"]

PROJECTS: Final = "/api/project/"
DEFAULT_LIMIT: Final = 100
_PATH: Final = re.compile(r"/api/project/[^/]+/sessions(?:/(?P<session>[^/]*))?")


class _BadQueryError(ValueError):
    """A query parameter is not valid; the text names it."""


def analytics_response(
    world: World, claims: Claims | None, method: str, target: Target
) -> Response:
    """Respond to a request under ``/api/project/``."""
    found = _PATH.fullmatch(target.path)
    if found is None:
        return page_not_found()
    if method != "GET":
        return text_response(405, "only GET is allowed")
    if claims is None or not claims.has({"video": {"roomList": True}}):
        return text_response(401, "permissions denied: the token needs roomList")
    if not world.config.analytics:
        return text_response(403, "analytics needs the Scale plan or higher")
    session_id = found["session"]
    if session_id:
        return _details_response(world, session_id)
    try:
        sessions = _select(world, target.query)
    except _BadQueryError as error:
        return text_response(400, str(error))
    return _json_response({"sessions": [session.summary() for session in sessions]})


def _details_response(world: World, session_id: str) -> Response:
    session = world.sessions.find(session_id)
    if session is None:
        return text_response(404, "session not found")
    return _json_response(session.details(world.clock.now()))


def _json_response(value: Mapping[str, Any]) -> Response:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(200, {"content-type": "application/json"}, content)


def _select(world: World, query: Mapping[str, str]) -> list[Session]:
    """One page of the sessions that began between the days ``start`` and ``end``, newest first."""
    limit = _read_number(query, "limit", DEFAULT_LIMIT, least=1)
    page = _read_number(query, "page", 0, least=0)
    start, end = _read_day(query, "start"), _read_day(query, "end")
    if start is not None and end is not None and start > end:
        raise _BadQueryError("start must not be after end")
    until = None if end is None else end + timedelta(days=1).total_seconds()
    fitting = [
        session
        for session in world.sessions.all()
        if (start is None or session.created_at >= start)
        and (until is None or session.created_at < until)
    ]
    return fitting[page * limit : (page + 1) * limit]


def _read_number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise _BadQueryError(f"{name} must be a number, {least} or more")
    return int(text)


def _read_day(query: Mapping[str, str], name: str) -> float | None:
    """The second at which a day begins, in UTC."""
    text = query.get(name)
    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:
        raise _BadQueryError(f"{name} must be a day, YYYY-MM-DD") from None
    return day.timestamp()
