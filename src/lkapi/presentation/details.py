"""A message as pairs of name and value; secrets are masked, lengths and times have units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.message import Message
from lkapi.message.typeguards import is_list
from lkapi.presentation.texts import show_bytes, show_duration
from lkapi.presentation.values import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["facts_of"]


def _millis(count: int) -> str:
    return show_duration(count / 1000)


def _nanos(count: int) -> str:
    return show_duration(count / 1_000_000_000)


_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "empty_timeout": show_duration,
    "departure_timeout": show_duration,
    "segment_duration": show_duration,
    "capture_interval": show_duration,
    "min_playout_delay": _millis,
    "max_playout_delay": _millis,
    "response_timeout_ms": _millis,
    "duration": _nanos,
    "size": show_bytes,
}
"""Number fields that have a unit."""
_ROOM_TIMES: Final = ("creation_time", "creation_time_ms")
_INTEGERS: Final = (3, 4, 5, 13)


def facts_of(item: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """The set fields of a message, nested ones by dotted names."""
    fields: dict[str, Any] = item.__layout__.fields
    times = set(_moments(item))
    covered = {name.removesuffix("_time") for name in times}
    for name, field in fields.items():
        stem = name.removesuffix("_ns").removesuffix("_ms").removesuffix("_at")
        if (field.type in _INTEGERS and stem in covered) or name in _ROOM_TIMES:
            continue
        if not field.is_set(item):
            continue
        if name in item.__secret__:
            yield before + name, MASK
        else:
            yield from _of_value(before + name, name, getattr(item, name))
    yield from ((before + name, getattr(item, name)) for name in sorted(times))


def _moments(item: Any) -> Iterator[str]:
    """The properties that return a time of the message as a datetime."""
    for cls in type(item).__mro__:
        if cls.__module__ == "lkapi.message.mixins":
            for name in vars(cls):
                if name.endswith("_time") and getattr(item, name) is not None:
                    yield name


def _of_value(label: str, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Message):
        inner = list(facts_of(value, f"{label}."))
        yield from inner or [(label, "{}")]
    elif is_list(value) and value and isinstance(value[0], Message):
        facts = [list(facts_of(one)) for one in value]
        if all(len(one) == 1 and not is_list(one[0][1]) for one in facts):
            yield label, [one[0][1] for one in facts]
            return
        for number, one in enumerate(value):
            yield from _of_value(f"{label}[{number}]", name, one)
    elif name in _UNITS and isinstance(value, int):
        yield label, _UNITS[name](value)
    else:
        yield label, value
