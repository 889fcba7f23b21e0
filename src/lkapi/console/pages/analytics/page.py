"""Analytics: the past sessions of a LiveKit Cloud project, counted, filtered, one by one."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shlex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import attrs

from lkapi.analytics.requests import LIST_SESSIONS, READ_SESSION
from lkapi.console.actions.shown import Shown
from lkapi.console.pages.analytics.counts import (
    by_day,
    by_length,
    by_platform,
    by_region,
    length_of,
    platform_of,
)
from lkapi.console.settings import is_loopback
from lkapi.console.store import Source
from lkapi.console.web.listing import Listing
from lkapi.console.web.page import Page, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    import lkapi
    from lkapi.analytics import SessionDetails, SessionSummary
    from lkapi.console.link import Link
    from lkapi.console.web.view import View

__all__ = ["page"]

_PAGE: Final = 100
_MAX_PAGES: Final = 20
_MAX_DETAILS: Final = 100
_MAX_PAST: Final = 2000
_AT_ONCE: Final = 8
_DAYS: Final = 7
_MAX_DAYS: Final = 92
_CLOUD: Final = ".livekit.cloud"
_CLOUD_API: Final = "https://cloud-api.livekit.io"
_PYTHON: Final = "import lkapi\n\nasync with lkapi.LiveKitAPI() as api:\n"
_GRANTS: Final = "# LIVEKIT_TOKEN: a token with the grants roomList\n"
_BEARER: Final = '-H "Authorization: Bearer $LIVEKIT_TOKEN"'
_DEV_PROJECT: Final = "p_dev"
_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_SORTS: Final[dict[str, Callable[[Any], Any]]] = {
    "started": lambda one: one.created_at or _LONG_AGO,
    "room": lambda one: one.room_name.casefold(),
    "people": lambda one: one.num_participants,
    "length": lambda one: (one.ended_at or _LONG_AGO) - (one.created_at or _LONG_AGO),
}


@attrs.frozen(kw_only=True)
class _Which:
    """What to show, of which project."""

    project: str
    first: dt.date
    last: dt.date
    room: str
    who: str
    wrong: str = ""
    """Why the days cannot be used."""

    @property
    def topic(self) -> str:
        """The argument of its sources."""
        return f"{self.project}|{self.first}|{self.last}"


# Reading.


def _which(view: View) -> _Which:
    today = dt.datetime.fromtimestamp(view.console.now(), dt.timezone.utc).date()
    first, last = today - dt.timedelta(days=_DAYS - 1), today
    wrong = ""
    try:
        first, last = _days(view.query.get("start", ""), view.query.get("end", ""), first, last)
    except ValueError as error:
        wrong = str(error)
    return _Which(
        project=_project(view), first=first, last=last, wrong=wrong,
        room=view.query.get("room", "").strip(), who=view.query.get("who", "").strip(),
    )  # fmt: skip


def _days(start: str, end: str, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """The two days of the form; by default the usual ones."""
    given_first, given_last = _day(start), _day(end)
    last = given_last or max(last, given_first or last)
    first = given_first or min(first, last)
    if first > last:
        raise ValueError("the first day is after the last one")
    if (last - first).days >= _MAX_DAYS:
        raise ValueError(f"there are more than {_MAX_DAYS} days between the two")
    return first, last


def _project(view: View) -> str:
    known = "" if view.console.stage is None else _DEV_PROJECT
    given = view.query.get("project", "").strip()
    return given or os.environ.get("LIVEKIT_PROJECT_ID", "") or known


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise ValueError(f"{text!r} is not a day: write 2026-01-31") from None


def _host(view: View) -> str:
    return urlsplit(view.console.base_url).hostname or ""


def _has_none(view: View) -> bool:
    """Whether the server is self-hosted, so that LiveKit Cloud knows nothing about it."""
    host = _host(view)
    return not is_loopback(host) and not host.endswith(_CLOUD)


async def _read_sessions(link: Link, which: str) -> list[SessionSummary]:
    project, first, last = which.split("|")
    found: list[SessionSummary] = []
    for number in range(_MAX_PAGES):

        async def read(api: lkapi.LiveKitAPI, number: int = number) -> Any:
            return await api.analytics.list_sessions(
                project_id=project, start=first, end=last, limit=_PAGE, page=number
            )

        listed = await link.read_by(LIST_SESSIONS, read, _list_code(link, project, first, last))
        found += listed
        if len(listed) < _PAGE:
            break
    return found


async def _read_session(link: Link, which: str) -> SessionDetails:
    project, _, session_id = which.partition("|")

    async def read(api: lkapi.LiveKitAPI) -> SessionDetails:
        return await api.analytics.get_session(session_id, project_id=project)

    found = await link.read_by(READ_SESSION, read, _session_code(link, project, session_id))
    if found.end_time is not None:
        link.past[f"session:{which}"] = found
        while len(link.past) > _MAX_PAST:
            link.past.pop(next(iter(link.past)))
    return found


async def _read_details(link: Link, which: str) -> list[SessionDetails]:
    """The details of the newest sessions; sessions that have ended are read once."""
    project = which.partition("|")[0]
    newest = (await _read_sessions(link, which))[:_MAX_DETAILS]
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def details(session: SessionSummary) -> SessionDetails:
        own = f"{project}|{session.session_id}"
        known: SessionDetails | None = link.past.get(f"session:{own}")
        if known is not None:
            return known
        async with at_once:
            return await _read_session(link, own)

    return list(await asyncio.gather(*map(details, newest)))


# The same as code.


def _list_code(link: Link, project: str, first: str, last: str) -> tuple[tuple[str, str], ...]:
    days = f'start="{first}", end="{last}"'
    return _code(
        link, project, f"?start={first}&end={last}&limit={_PAGE}",
        f"list_sessions({{project}}, {days})", f"sessions --start {first} --end {last}",
    )  # fmt: skip


def _session_code(link: Link, project: str, session_id: str) -> tuple[tuple[str, str], ...]:
    return _code(
        link, project, f"/{quote(session_id, safe='')}",
        f"get_session({session_id!r}, {{project}})", f"session {shlex.quote(session_id)}",
    )  # fmt: skip


def _code(
    link: Link, project: str, address: str, call: str, words: str
) -> tuple[tuple[str, str], ...]:
    own = link.url.rstrip("/").replace("ws", "http", link.url.startswith("ws"))
    host = own if is_loopback(urlsplit(own).hostname or "") else _CLOUD_API
    path = f"{host}/api/project/{quote(project, safe='')}/sessions{address}"
    python = call.replace("{project}", f"project_id={project!r}")
    return (
        ("Python", f"{_PYTHON}    await api.analytics.{python}"),
        ("lkapi", f"lkapi analytics {words} --project-id {shlex.quote(project)}"),
        ("curl", f"{_GRANTS}curl {shlex.quote(path)} {_BEARER}"),
    )


# Pages.


async def show_sessions(view: View) -> Response:
    """``GET /analytics?start=2026-01-01&room=demo&who=ann``."""
    which = _which(view)
    values: dict[str, Any] = {"which": which, "has_none": _has_none(view), "sessions": None}
    if which.project and not values["has_none"]:
        values |= await _counted(view, which)
    return view.render("analytics.html", **values)


async def _counted(view: View, which: _Which) -> dict[str, Any]:
    sessions = await view.reading(f"sessions:{which.topic}")
    topic = f"session-details:{which.topic}"
    if which.who:
        details = await view.reading(topic)
    else:  # one request for each session: the page does not wait for them
        details = view.console.store.get(topic)
        view.console.poller.want([topic])
    now = dt.datetime.fromtimestamp(view.console.now(), dt.timezone.utc)
    found = [one for one in sessions.value or () if _fits(one, which, details.value or ())]
    ids = {one.session_id for one in found}
    known = [one for one in details.value or () if one.room_id in ids]
    link = view.console.link
    return {
        "sessions": sessions,
        "details": details,
        "details_topic": topic,
        "known": known,
        "counted": found,
        "cut": len(sessions.value or ()) >= _PAGE * _MAX_PAGES,
        "days": by_day(found, known, which.first, which.last),
        "lengths": by_length(found, now),
        "platforms": by_platform(known),
        "regions": by_region(known),
        "lengths_of": {one.session_id: _length(one, now) for one in found},
        "shown": _shown(_list_code(link, which.project, str(which.first), str(which.last))),
        "listing": Listing(
            view, found, sorts=_SORTS, first="-started",
            text=lambda one: (one.room_name, one.session_id),
        ),
    }  # fmt: skip


def _length(session: SessionSummary, now: dt.datetime) -> dt.timedelta | None:
    seconds = length_of(session, now)
    return None if seconds is None else dt.timedelta(seconds=seconds)


def _fits(session: SessionSummary, which: _Which, details: Any) -> bool:
    if which.room and which.room.casefold() not in session.room_name.casefold():
        return False
    if not which.who:
        return True
    wanted = which.who.casefold()
    return any(
        wanted in f"{person.participant_identity}\n{person.participant_name}".casefold()
        for one in details
        if one.room_id == session.session_id
        for person in one.participants
    )


def _shown(code: tuple[tuple[str, str], ...]) -> tuple[Shown, ...]:
    return tuple(Shown(label, text) for label, text in code)


async def show_session(view: View) -> Response:
    """``GET /analytics/session?id=RM_x``: who was there, from where, and how it was."""
    project, session_id = _project(view), view.query.get("id", "")
    if not project or not session_id or _has_none(view):
        return view.not_found("A session needs its id and the id of the project.")
    topic = f"session:{project}|{session_id}"
    session = await view.reading(topic)
    return view.render(
        "analytics_session.html",
        topic=topic,
        id=session_id,
        session=session,
        found=session.value,
        platform_of=platform_of,
        published=_published,
        shown=_shown(_session_code(view.console.link, project, session_id)),
        title=f"Session {session_id}",
    )


def _published(person: Any) -> str:
    names: Mapping[str, str] = {
        "camera_track": "camera", "microphone_track": "microphone",
        "screen_share_track": "screen", "screen_share_audio": "its sound",
    }  # fmt: skip
    return ", ".join(
        text for name, text in names.items() if getattr(person.published_sources, name)
    )


page: Final = Page(
    name="analytics",
    title="Analytics",
    path="/analytics",
    routes=(
        Route(path="/analytics", handler=show_sessions),
        Route(path="/analytics/session", handler=show_session),
    ),
    sources=(
        Source(name="sessions", read=_read_sessions, every=30.0, events=("room_finished",)),
        Source(name="session-details", read=_read_details, every=60.0, events=("room_finished",)),
        Source(name="session", read=_read_session, every=15.0, events=("room_finished",)),
    ),
)
