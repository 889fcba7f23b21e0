"""A value as a person reads it: times, durations, enums, yes and no, lists, masked secrets."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Final, cast

from lkapi.presentation.enum_names import short_name
from lkapi.presentation.texts import printable, show_ago, show_duration, show_moment

__all__ = ["EMPTY", "MASK", "show", "status_style"]

EMPTY: Final = "-"
MASK: Final = "***"

_STYLES: Final = {
    "green": ("active", "complete", "publishing", "running", "success", "joined", "successful"),
    "yellow": ("starting", "ending", "buffering", "pending", "joining", "ongoing"),
    "red": ("failed", "aborted", "error", "disconnected", "offline", "cancelled"),
}


def status_style(text: str) -> str:
    """The colour of a status by its short name."""
    return next((colour for colour, names in _STYLES.items() if text in names), "")


def show(value: Any, now: dt.datetime, *, wide: bool = True) -> str:
    """The text of a value; a time is relative, and also absolute if there is room."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        ago = show_ago(value, now)
        return f"{ago}, {show_moment(value)}" if wide else ago
    if isinstance(value, dt.timedelta):
        return show_duration(value.total_seconds())
    if isinstance(value, enum.Enum):
        return short_name(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, Any]", value).items()
        return ", ".join(f"{key}={show(one, now)}" for key, one in pairs) or EMPTY
    if isinstance(value, (list, tuple)):
        return ", ".join(show(one, now) for one in cast("list[Any]", value)) or EMPTY
    return printable(str(value))
