"""Reads the JSON of the Analytics API into the values of ``lkapi.analytics``.

The API has used snake_case and camelCase, and numbers as numbers or as text: all are accepted. This
is the only importer of cattrs, and is imported at the first analytics call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn

from lkapi.analytics.sessions import Moment, SessionDetails, SessionEgress, SessionSummary
from lkapi.errors import DecodeError

__all__ = ["read_details", "read_sessions"]

T = TypeVar("T")

_HUMP = re.compile(r"([a-z0-9])([A-Z])")
_FRACTION = re.compile(r"\.(\d{6})\d*")


@attrs.frozen(kw_only=True)
class _SessionList:
    """The response to a list request."""

    sessions: tuple[SessionSummary, ...] = ()


def read_sessions(body: bytes) -> tuple[SessionSummary, ...]:
    """Read the response to a list request.

    Raises:
        DecodeError: if it is something else.
    """
    return _read(body, _SessionList).sessions


def read_details(body: bytes) -> SessionDetails:
    """Read the response to a request for one session.

    Raises:
        DecodeError: if it is something else.
    """
    return _read(body, SessionDetails)


def _read(body: bytes, kind: type[T]) -> T:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"the response of the Analytics API is not JSON: {error}") from None
    try:
        return _converter().structure(value, kind)
    except (cattrs.BaseValidationError, TypeError) as error:
        problems = "; ".join(cattrs.transform_error(error, path="answer"))
        raise DecodeError(
            f"the response of the Analytics API is not as documented: {problems}"
        ) from None


@lru_cache(maxsize=1)
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook(int, lambda value, _: _integer(value))
    converter.register_structure_hook(float, lambda value, _: float(value))
    converter.register_structure_hook(str, lambda value, _: _text(value))
    converter.register_structure_hook(bool, lambda value, _: _flag(value))
    converter.register_structure_hook(Moment, lambda value, _: _time(value))
    converter.register_structure_hook(datetime, lambda value, _: _time(value))
    converter.register_structure_hook(SessionEgress | int, lambda value, _: _egress(value))
    converter.register_structure_hook_factory(attrs.has, partial(_structure, converter))
    return converter


def _structure(converter: cattrs.Converter, kind: type[Any]) -> Callable[[Any, Any], Any]:
    """A hook that accepts keys in both spellings, and null for any default."""
    inner = make_dict_structure_fn(kind, converter)

    def structure(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected an object, not {type(value).__name__}")
        pairs = cast("Mapping[str, object]", value)
        return inner({_snake(k): v for k, v in pairs.items() if v is not None}, kind)

    return structure


def _snake(name: str) -> str:
    return _HUMP.sub(r"\1_\2", name).lower()


def _integer(value: object) -> int:
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else int(float(value or 0))
    if isinstance(value, (int, float)):
        return int(value)
    raise TypeError(f"expected a number, not {type(value).__name__}")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"expected text, not {type(value).__name__}")


def _flag(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() == "true"
    return bool(value)


def _egress(value: object) -> SessionEgress | int:
    number = _integer(value)
    return SessionEgress(number) if number in set(SessionEgress) else number


def _time(value: object) -> datetime | None:
    """RFC 3339 text, empty for none, or the parts of a protobuf Timestamp."""
    if isinstance(value, str):
        return _rfc3339(value) if value else None
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        seconds = _integer(parts.get("seconds", 0)) + _integer(parts.get("nanos", 0)) / 1e9
        return datetime.fromtimestamp(seconds, timezone.utc)
    raise TypeError(f"expected a time, not {type(value).__name__}")


def _rfc3339(text: str) -> datetime:
    plain = _FRACTION.sub(r".\1", text.upper().replace("Z", "+00:00"))
    found = re.sub(r"\.(\d{1,5})(?!\d)", lambda m: "." + m[1].ljust(6, "0"), plain)
    time = datetime.fromisoformat(found)
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
