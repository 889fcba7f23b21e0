"""Reading and writing lengths of time, sizes and moments as people write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

__all__ = [
    "parse_duration",
    "parse_moment",
    "printable",
    "show_ago",
    "show_bytes",
    "show_count",
    "show_duration",
    "show_moment",
]

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|min|s|m|h|d)")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


def parse_duration(text: str, unit: float = 1.0) -> float:
    """Seconds of ``90s``, ``10m``, ``1h30m``, ``250ms``, ``2d``; a bare number is in ``unit``s.

    Raises:
        ValueError: the text is none of these.
    """
    bare = text.strip().replace(" ", "")
    if _NUMBER.fullmatch(bare):
        return float(bare) * unit
    parts = _PART.findall(bare)
    if not parts or "".join(number + name for number, name in parts) != bare:
        if bare.startswith("-"):
            raise ValueError(f"{text!r} must be positive: write 90s, 10m, 1h30m or 2d")
        raise ValueError(f"{text!r} is not a length of time: write 90s, 10m, 1h30m or 2d")
    return sum(float(number) * _UNITS[name] for number, name in parts)


def parse_moment(text: str, now: datetime) -> datetime:
    """An ISO time, unix seconds, or ``2h`` for two hours before ``now``; UTC without a zone.

    Raises:
        ValueError: the text is none of these.
    """
    if _NUMBER.fullmatch(text) and len(text) >= 9:
        return datetime.fromtimestamp(float(text), timezone.utc)
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            return now - timedelta(seconds=parse_duration(text))
        except ValueError:
            raise ValueError(
                f"{text!r} is not a time: write 2026-08-01T12:00:00Z, or 2h for two hours ago"
            ) from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def show_duration(seconds: float) -> str:
    """``1h 30m``, ``2m 5s``, ``250ms``: the two largest units."""
    if seconds < 0:
        return f"-{show_duration(-seconds)}"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    rest = round(seconds)
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


def show_ago(moment: datetime, now: datetime) -> str:
    """``3m ago``, ``in 2h`` or ``now``, in one unit."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    amount = show_duration(max(1, abs(round(seconds)))).split(" ")[0]
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def show_moment(moment: datetime) -> str:
    """The moment in UTC, ``2026-08-01 12:03:04Z``."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def printable(text: str, *, lines: bool = False) -> str:
    """A text with control characters as escapes, so that no name can move a terminal's cursor.

    ``lines`` keeps line ends and tabs.
    """
    kept = "\n\t" if lines else ""
    return "".join(
        one if one.isprintable() or one in kept else one.encode("unicode_escape").decode()
        for one in text
    )


def show_count(number: int, what: str) -> str:
    """``1 track``, ``2 tracks``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def show_bytes(count: int) -> str:
    """``12.3 MB``, in powers of 1000 as is usual for file sizes."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
