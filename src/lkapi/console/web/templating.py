"""Templates and what all of them use: filters for times and sizes, addresses of static files."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import importlib.resources
from typing import Any, Final, cast
from urllib.parse import quote_plus

import jinja2

from lkapi.console.actions.shown import show_message
from lkapi.presentation.details import facts_of
from lkapi.presentation.secrets import show_address, without_addresses
from lkapi.presentation.texts import show_bytes, show_duration
from lkapi.presentation.values import show, status_style

__all__ = ["STATIC", "make_templates"]

STATIC: Final = importlib.resources.files("lkapi.console") / "static"


@functools.cache
def make_templates() -> jinja2.Environment:
    """The environment of all templates, shared by all consoles; everything is escaped."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("lkapi.console"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        shown=_shown, facts=_facts, as_json=show_message, status=_status, clock=_clock, iso=_iso,
        brief=_brief, lasted=_lasted, address=show_address, bytes=show_bytes,
    )  # fmt: skip
    names = cast("dict[str, Any]", templates.globals)
    names |= {"static": _static_url, "link": make_link}
    names["ui"] = templates.get_template("ui.html").module
    return templates


def make_link(path: str, **query: object) -> str:
    """An address with a query; empty values are left out."""
    given = [
        f"{_quoted(name)}={_quoted(str(value))}"
        for name, value in query.items()
        if value not in (None, "")
    ]
    return f"{path}?{'&'.join(given)}" if given else path


_quoted: Final = functools.lru_cache(maxsize=4096)(quote_plus)
"""Cached: a long table has the same few texts in the addresses of every row."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def _shown(value: Any) -> str:
    return show(value, _now(), wide=False)


def _facts(message: Any) -> list[tuple[str, str]]:
    facts = facts_of(without_addresses(message))
    return [(name, show(value, _now())) for name, value in facts]


def _brief(message: Any) -> str:
    return show_message(message, indent=None)


def _lasted(message: Any) -> str:
    """How long something with ``started_time`` and ``ended_time`` lasts, or has lasted."""
    if message.started_time is None:
        return ""
    seconds = ((message.ended_time or _now()) - message.started_time).total_seconds()
    return show_duration(max(0.0, seconds))


def _status(text: str) -> str:
    """The class of a status by its short name."""
    return {"green": "good", "yellow": "busy", "red": "bad"}.get(status_style(text), "plain")


def _clock(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}"


def _iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.timezone.utc).isoformat(timespec="seconds")


@functools.cache
def _static_url(name: str) -> str:
    """The address of a static file, which changes with its content."""
    content = STATIC.joinpath(*name.split("/")).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
