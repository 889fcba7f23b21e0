"""Lifetimes of tokens: seconds, a timedelta, or text such as ``10m`` and ``1h30m``."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Final, cast

from lkapi.errors import TokenError

__all__ = ["TTL", "parse_ttl"]

TTL = float | timedelta | str
"""Seconds as a number, a ``timedelta``, or text: ``"90s"``, ``"10m"``, ``"1h30m"``, ``"2 d"``."""

_UNITS: Final = {
    "s sec secs second seconds": 1.0,
    "m min mins minute minutes": 60.0,
    "h hr hrs hour hours": 3600.0,
    "d day days": 86400.0,
    "w week weeks": 604800.0,
    "y yr yrs year years": 31557600.0,
}
_SECONDS: Final = {name: value for names, value in _UNITS.items() for name in names.split()}
_PART: Final = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*([a-z]{1,7})\s*", re.ASCII)
_LONGEST: Final = 1e11
"""Some three thousand years; beyond it the token's expiry cannot be written as a date."""
_HOW_TO_EXPIRE: Final = (
    "to make an expired token in a test, use a clock in the past: "
    "AccessToken(..., ttl=60, clock=lambda: time.time() - 3600)"
)


def parse_ttl(ttl: TTL) -> float:
    """Seconds of a lifetime.

    Raises:
        TokenError: if the lifetime is not above zero, not finite, or not in one of these forms.
    """
    given = cast("object", ttl)
    if isinstance(given, str):
        seconds = _parse_text(given)
    elif isinstance(given, timedelta):
        seconds = given.total_seconds()
    elif isinstance(given, (int, float)) and not isinstance(given, bool):
        seconds = given
    else:
        raise TokenError(f"ttl must be seconds, a timedelta or text such as '10m', not {ttl!r}")
    if seconds <= 0:
        raise TokenError(f"ttl must be above zero, not {ttl!r}; {_HOW_TO_EXPIRE}")
    if not seconds < _LONGEST:
        raise TokenError(f"ttl must be above zero and end before the year 5000, not {ttl!r}")
    return seconds


def _parse_text(text: str) -> float:
    lowered, position, total = text.strip().lower(), 0, 0.0
    below_zero = lowered.startswith("-")
    lowered = lowered.removeprefix("-")
    while found := _PART.match(lowered, position):
        unit = _SECONDS.get(found[2])
        if unit is None:
            break
        total += float(found[1]) * unit
        position = found.end()
    if position == 0 or position != len(lowered):
        raise TokenError(
            f"ttl {text[:40]!r} is not understood; write '90s', '10m', '1h30m' or '2d'"
        )
    return -total if below_zero else total


def whole_seconds(seconds: float) -> int:
    """Round up to whole seconds, so that a token is valid for at least its ttl."""
    return math.ceil(seconds)
