"""Single values of ProtoJSON: numbers, base64, durations and times.

If implementations of protobuf differ, the strictest rule applies.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import struct
from decimal import Decimal
from typing import Any, Final, cast

from lkapi.message.times import MAX_DURATION, MAX_TIMESTAMP, MIN_TIMESTAMP, NANO

__all__ = [
    "JSONValueError",
    "format_duration",
    "format_timestamp",
    "parse_base64",
    "parse_double",
    "parse_duration",
    "parse_float32",
    "parse_integer",
    "parse_timestamp",
    "shortest_float32",
]


class JSONValueError(ValueError):
    """A JSON value that is not valid for its field; ``reading`` adds the name of the field."""


MAX_FLOAT32: Final = 3.4028234663852886e38
_ROUNDS_TO_MAX: Final = 3.4028235677973366e38
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPECIAL: Final = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)(={0,2})")
_DURATION: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,9}))?s")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - counted in UTC on both sides
_LONGEST_INTEGER: Final = 20


def _decimal(value: Any) -> Decimal:
    """The exact number in a JSON value; JSONValueError for anything else."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise JSONValueError("the text is not a number")
        return Decimal(value)
    if isinstance(value, Decimal | float):
        return Decimal(value)
    raise JSONValueError(f"expected a number, not {type(value).__name__}")


def parse_integer(value: Any, low: int, high: int) -> int:
    """An integer in a range, from an int, an integral number or its text."""
    if type(value) is str and value.isdigit() and value.isascii() and value[0] != "0":
        value = int(value) if len(value) <= _LONGEST_INTEGER else high + 1
    elif type(value) is not int:
        number = _decimal(value)
        if not number.is_finite() or (number and number.adjusted() >= _LONGEST_INTEGER):
            raise JSONValueError("the number is out of range")
        if number != number.to_integral_value():
            raise JSONValueError("the number is not an integer")
        value = int(number)
    if low <= value <= high:
        return cast("int", value)
    raise JSONValueError("the number is out of range")


def parse_double(value: Any) -> float:
    """A double, from a number, its text, or one of the three special names."""
    if type(value) is float:
        return value
    if type(value) is int or isinstance(value, Decimal):
        number = _to_float(value)
    elif isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    else:
        number = float(_decimal(value))
    if number in {float("inf"), float("-inf")}:
        raise JSONValueError("the number is out of range")
    return number


def _to_float(value: int | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        raise JSONValueError("the number is out of range") from None


def parse_float32(value: Any) -> float:
    """A 32-bit float; a number that rounds to the largest one becomes the largest one."""
    number = parse_double(value)
    if MAX_FLOAT32 < abs(number) < float("inf"):
        if abs(number) >= _ROUNDS_TO_MAX:
            raise JSONValueError("the number is out of range")
        return MAX_FLOAT32 if number > 0 else -MAX_FLOAT32
    return number


def shortest_float32(value: float) -> float:
    """The shortest number that rounds to a given 32-bit float."""
    packed = struct.pack("<f", value)
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if abs(short) <= MAX_FLOAT32 and struct.pack("<f", short) == packed:
            return short
    return float(f"{value:.9g}")


def parse_base64(text: Any) -> bytes:
    """Bytes from base64 in either alphabet, padded or not."""
    if not isinstance(text, str):
        raise JSONValueError(f"expected base64 text, not {type(text).__name__}")
    match = _BASE64.fullmatch(text)
    body = text.rstrip("=")
    if match is None or len(body) % 4 == 1 or (match[1] and len(text) % 4):
        raise JSONValueError("the text is not base64")
    return base64.urlsafe_b64decode(
        (body + "=" * (-len(body) % 4)).replace("+", "-").replace("/", "_")
    )


def _nanos(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))


def parse_duration(text: Any) -> tuple[int, int]:
    """Seconds and nanos of ``1.5s``."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise JSONValueError("expected a duration such as 1.5s")
    seconds, nanos = int(match[2]), _nanos(match[3])
    if seconds > MAX_DURATION:
        raise JSONValueError("a duration must be at most 10000 years long")
    return (-seconds, -nanos) if match[1] else (seconds, nanos)


def parse_timestamp(text: Any) -> tuple[int, int]:
    """Seconds since 1970 and nanos of an RFC 3339 time."""
    match = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise JSONValueError("expected a time such as 2024-01-31T12:00:00Z")
    if text[11:13] > "23":  # Python 3.14 reads 24:00 as the next day
        raise JSONValueError("the hour of the time is out of range")
    moment = dt.datetime.fromisoformat(text[:19])
    offset = 0
    if match[8]:
        hours, minutes = int(match[9]), int(match[10])
        if hours > 23 or minutes > 59:
            raise JSONValueError("the offset of the time is out of range")
        offset = (hours * 3600 + minutes * 60) * (1 if match[8] == "+" else -1)
    seconds = (moment - _EPOCH) // dt.timedelta(seconds=1) - offset
    if not MIN_TIMESTAMP <= seconds <= MAX_TIMESTAMP:
        raise JSONValueError("a time must be in the years 1 to 9999")
    return seconds, _nanos(match[7])


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    digits = f"{nanos:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}"


def format_duration(seconds: int, nanos: int) -> str:
    """``1.500s``; JSONValueError for an invalid duration."""
    mixed = (seconds > 0 > nanos) or (seconds < 0 < nanos)
    if abs(seconds) > MAX_DURATION or abs(nanos) >= NANO or mixed:
        raise JSONValueError("the duration is out of range and has no JSON form")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def format_timestamp(seconds: int, nanos: int) -> str:
    """``2024-01-31T12:00:00.500Z``; JSONValueError for an invalid time."""
    if not MIN_TIMESTAMP <= seconds <= MAX_TIMESTAMP or not 0 <= nanos < NANO:
        raise JSONValueError("the time is out of range and has no JSON form")
    return f"{(_EPOCH + dt.timedelta(seconds=seconds)).isoformat()}{_fraction(nanos)}Z"
