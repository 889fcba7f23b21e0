"""A message as pairs of name and value; secrets are masked, lengths and times have units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.cli.output.values import MASK
from lkapi.cli.texts import show_bytes, show_duration
from lkapi.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["facts_of"]

_SECONDS: Final = ("empty_timeout", "departure_timeout", "max_call_duration", "ringing_timeout")
_MILLIS: Final = ("min_playout_delay", "max_playout_delay", "response_timeout_ms")
_BYTES: Final = ("size", "bandwidth", "bandwidth_in", "bandwidth_out")
_TIMES: Final = {"creation_time": "created_time", "creation_time_ms": ""}


def facts_of(item: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """The set fields of a message, nested ones by dotted names."""
    layout = type(item).__layout__
    times = set(_moments(item))
    covered = {name.removesuffix("_time") for name in times}
    for name, field in layout.fields.items():
        stem = name.removesuffix("_ns").removesuffix("_ms").removesuffix("_at")
        if (field.type in _INTEGERS and stem in covered) or name in _TIMES:
            continue
        if not field.is_set(item):
            continue
        if name in type(item).__secret__:
            yield before + name, MASK
        else:
            yield from _of_value(before + name, name, getattr(item, name))
    yield from ((before + name, getattr(item, name)) for name in sorted(times))


_INTEGERS: Final = (3, 4, 5, 13)


def _moments(item: Any) -> Iterator[str]:
    """The properties that give a time of the message as a datetime."""
    for cls in type(item).__mro__:
        if cls.__module__ == "lkapi.message.mixins":
            for name in vars(cls):
                if name.endswith("_time") and getattr(item, name) is not None:
                    yield name


def _of_value(label: str, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Message):
        inner = list(facts_of(value, f"{label}."))
        yield from inner or [(label, "{}")]
    elif isinstance(value, list) and value and isinstance(value[0], Message):
        facts = [list(facts_of(one)) for one in value]
        if all(len(one) == 1 and not isinstance(one[0][1], list) for one in facts):
            yield label, [one[0][1] for one in facts]
            return
        for number, one in enumerate(value):
            yield from _of_value(f"{label}[{number}]", name, one)
    elif isinstance(value, int) and not isinstance(value, bool) and name in _SECONDS:
        yield label, show_duration(value)
    elif isinstance(value, int) and not isinstance(value, bool) and name in _MILLIS:
        yield label, show_duration(value / 1000)
    elif name in _BYTES:
        yield label, show_bytes(value)
    elif name == "duration" and isinstance(value, int):
        yield label, show_duration(value / 1_000_000_000)
    else:
        yield label, value
