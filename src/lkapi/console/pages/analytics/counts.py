"""Numbers of past sessions: by day, by length, by platform and region. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lkapi.analytics import SessionDetails, SessionParticipant, SessionSummary

__all__ = [
    "Day", "Share", "by_day", "by_length", "by_platform", "by_region", "length_of", "platform_of",
]  # fmt: skip

NOT_TOLD: Final = "not told"
_LENGTHS: Final = (
    (60, "under 1 min"), (300, "1 to 5 min"), (900, "5 to 15 min"), (3600, "15 to 60 min"),
    (14400, "1 to 4 h"),
)  # fmt: skip
_LONGEST: Final = "over 4 h"


@attrs.frozen(kw_only=True)
class Day:
    """One day (UTC)."""

    day: dt.date
    sessions: int
    minutes: float
    """Connection minutes of those sessions whose details are known."""

    @property
    def at(self) -> int:
        """Unix time of its beginning."""
        return int(dt.datetime.combine(self.day, dt.time(), dt.timezone.utc).timestamp())


@attrs.frozen
class Share:
    """How many there were of one kind."""

    name: str
    count: int


def by_day(
    sessions: Iterable[SessionSummary],
    details: Iterable[SessionDetails],
    first: dt.date,
    last: dt.date,
) -> list[Day]:
    """Each day between two days, including days without sessions."""
    begun = Counter(one.created_at.date() for one in sessions if one.created_at)
    minutes: defaultdict[dt.date, float] = defaultdict(float)
    for one in details:
        if one.start_time:
            minutes[one.start_time.date()] += one.connection_minutes
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [Day(day=day, sessions=begun[day], minutes=minutes[day]) for day in days]


def length_of(session: SessionSummary, now: dt.datetime) -> float | None:
    """Seconds from beginning to end, or until now; None if the start is unknown."""
    if session.created_at is None:
        return None
    return max(0.0, ((session.ended_at or now) - session.created_at).total_seconds())


def by_length(sessions: Iterable[SessionSummary], now: dt.datetime) -> list[Share]:
    """The number of sessions by length, the shortest first."""
    lengths = [found for one in sessions if (found := length_of(one, now)) is not None]
    counts = Counter(
        next((name for most, name in _LENGTHS if seconds < most), _LONGEST) for seconds in lengths
    )
    return [Share(name, counts[name]) for name in (*(name for _, name in _LENGTHS), _LONGEST)]


def platform_of(person: SessionParticipant) -> str:
    """``Chrome on Windows``: browser or SDK, and system, without their versions."""
    program = _first_word(person.browser) or _first_word(person.sdk_version)
    system = _first_word(person.os) or person.device_model
    return " on ".join(part for part in (program, system) if part) or NOT_TOLD


def _first_word(text: str) -> str:
    return text.partition(" ")[0]


def by_platform(details: Iterable[SessionDetails]) -> list[Share]:
    """Participants by platform, the most frequent first."""
    return _shares([platform_of(person) for one in details for person in one.participants])


def by_region(details: Iterable[SessionDetails]) -> list[Share]:
    """Participants by region, the most frequent first."""
    return _shares([person.region or NOT_TOLD for one in details for person in one.participants])


def _shares(names: Sequence[str], most: int = 12) -> list[Share]:
    counted = sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in counted[most:])
    return [Share(*pair) for pair in counted[:most]] + ([Share("others", rest)] if rest else [])
