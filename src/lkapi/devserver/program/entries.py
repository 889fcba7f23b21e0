"""One line of the program's log: as text for people, or as a JSON object."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs

from lkapi.errors import mask_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "as_json", "as_text", "clean", "place_of"]

_URL: Final = re.compile(
    r"(\b[A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/@\"'<>]*@)?([^\s/?#\"'<>]*)[^\s\"'<>]*"
)
"""A URL; the part after the host may be a stream key or a password."""
_LONGEST: Final = 200
_DIM, _RED, _GREEN, _CYAN, _YELLOW = "2", "31", "32", "36", "33"
_COLOURS: Final = {"event": _CYAN, "note": _YELLOW}


@attrs.frozen(kw_only=True)
class Entry:
    """One line of the log."""

    at: float
    """Unix time."""
    kind: str
    """``call``, ``webhook``, ``event``, ``note`` or ``started``."""
    what: str
    who: str = ""
    outcome: str = ""
    good: bool = True
    """Whether the outcome is a success."""
    seconds: float | None = None
    facts: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Further members of the JSON form."""


def place_of(url: str) -> str:
    """A URL without user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"


def clean(text: str) -> str:
    """A text from outside for one line: without tokens, paths of URLs and control characters."""
    masked = _URL.sub(r"\1\2/…", mask_tokens(text))
    shown = "".join(char if char.isprintable() else repr(char)[1:-1] for char in masked)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def as_text(entry: Entry, *, colour: bool) -> str:
    """The line for people, with its local time."""
    moment = datetime.fromtimestamp(entry.at).astimezone()
    paint = _paint if colour else _leave
    parts = [
        paint(f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}", _DIM),
        f"{clean(entry.who) or '-':<16}",
        paint(f"{clean(entry.what):<48}", _COLOURS.get(entry.kind, "")),
        paint(clean(entry.outcome), _GREEN if entry.good else _RED),
    ]
    if entry.seconds is not None:
        parts.append(paint(_duration(entry.seconds), _DIM))
    return "  ".join(part for part in parts if part).rstrip()


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if text and code else text


def _leave(text: str, _code: str) -> str:
    return text


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def as_json(entry: Entry) -> str:
    """The line for programs."""
    moment = datetime.fromtimestamp(entry.at, timezone.utc)
    value: dict[str, Any] = {
        "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
        "kind": entry.kind,
        "who": clean(entry.who),
        "what": clean(entry.what),
        "outcome": clean(entry.outcome),
        **_clean_all(entry.facts),
    }
    if entry.seconds is not None:
        value["ms"] = round(entry.seconds * 1000, 3)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _clean_all(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: clean(v) if isinstance(v, str) else v for name, v in facts.items()}
