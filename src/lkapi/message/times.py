"""Duration and Timestamp messages to timedelta and aware datetime, and back."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final, Protocol, TypeAlias, TypeGuard

__all__ = [
    "MAX_DURATION",
    "MAX_TIMESTAMP",
    "MIN_TIMESTAMP",
    "NANO",
    "DurationLike",
    "SecondsAndNanos",
    "TimestampLike",
    "duration_from_wire",
    "duration_parts",
    "timestamp_from_wire",
    "timestamp_parts",
]

MAX_DURATION: Final = 315_576_000_000
MIN_TIMESTAMP: Final = -62_135_596_800
MAX_TIMESTAMP: Final = 253_402_300_799
NANO: Final = 1_000_000_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_MICRO: Final = dt.timedelta(microseconds=1)


class SecondsAndNanos(Protocol):
    """Anything with the attributes of protobuf's Duration and Timestamp."""

    seconds: int
    nanos: int


def _has_parts(value: object) -> TypeGuard[SecondsAndNanos]:
    """By the attributes, not ``dir()`` or a runtime protocol: upb messages have no ``__dict__``."""
    return hasattr(value, "seconds") and hasattr(value, "nanos")


DurationLike: TypeAlias = "dt.timedelta | float | SecondsAndNanos"
"""Accepted by a duration field: a timedelta, seconds, or an object with seconds and nanos."""
TimestampLike: TypeAlias = "dt.datetime | float | SecondsAndNanos"
"""Accepted by a time field: an aware datetime, seconds since 1970, or an object with both parts."""


def duration_from_wire(raw: Any) -> dt.timedelta:
    """A wire duration as a timedelta, cut to microseconds towards zero."""
    return dt.timedelta(seconds=raw.seconds, microseconds=int(raw.nanos / 1000))


def timestamp_from_wire(raw: Any) -> dt.datetime:
    """A wire timestamp as an aware datetime in UTC, cut to microseconds."""
    return _EPOCH + dt.timedelta(seconds=raw.seconds, microseconds=raw.nanos // 1000)


def _number_parts(value: float) -> tuple[int, int]:
    if isinstance(value, int):
        return value, 0
    if not math.isfinite(value):
        raise ValueError("seconds must be a finite number")
    return divmod(round(value * 1_000_000) * 1000, NANO)


def _signed(seconds: int, nanos: int) -> tuple[int, int]:
    return (seconds + 1, nanos - NANO) if seconds < 0 < nanos else (seconds, nanos)


def duration_parts(value: DurationLike) -> tuple[int, int]:
    """Seconds and nanos of a duration, both of one sign."""
    if isinstance(value, dt.timedelta):
        seconds, nanos = _signed(*divmod(value // _MICRO * 1000, NANO))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds, nanos = _signed(*_number_parts(value))
    elif _has_parts(value):
        seconds, nanos = value.seconds, value.nanos
    else:
        raise TypeError("timedelta or seconds")
    if not -MAX_DURATION <= seconds <= MAX_DURATION:
        raise ValueError("a duration must be at most 10000 years long")
    return seconds, nanos


def timestamp_parts(value: TimestampLike) -> tuple[int, int]:
    """Seconds since 1970 and nanos of a time."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("the datetime has no timezone: use an aware one")
        seconds, nanos = divmod((value - _EPOCH) // _MICRO * 1000, NANO)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds, nanos = _number_parts(value)
    elif _has_parts(value):
        seconds, nanos = value.seconds, value.nanos
    else:
        raise TypeError("aware datetime or seconds since 1970")
    if not MIN_TIMESTAMP <= seconds <= MAX_TIMESTAMP:
        raise ValueError("a time must be in the years 1 to 9999")
    return seconds, nanos
