"""Filling a request from values that were typed: paths into nested messages, JSON, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from lkapi.errors import DecodeError
from lkapi.message.fields import (
    MessageField,
    MessageList,
    ScalarList,
    ScalarMap,
)
from lkapi.message.typeguards import is_dict, is_list

if TYPE_CHECKING:
    from lkapi.message import Message

__all__ = ["UNITS", "from_json_value", "set_field"]

M = TypeVar("M", bound="Message")

UNITS: Final = {
    "empty_timeout": 1.0,
    "departure_timeout": 1.0,
    "max_call_duration": 1.0,
    "segment_duration": 1.0,
    "capture_interval": 1.0,
    "min_playout_delay": 0.001,
    "max_playout_delay": 0.001,
    "response_timeout_ms": 0.001,
    "seek_offset_ms": 0.001,
}
"""Seconds in the unit of number fields that are lengths of time."""


def from_json_value(message: type[M], found: Any) -> M:
    """A message of a JSON value.

    Raises:
        ValueError: it does not fit; the text has the nearest name if a field or a value of an enum
            does not exist, or all names if there are few.
    """
    try:
        return message.from_dict(found, strict=True)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def set_field(request: Message, path: tuple[str, ...], value: Any) -> None:
    """Set a field, nested ones by their path; entries are added to maps, lists are replaced.

    In the path, a number after the name of a list is an index: ``("file_outputs", "0",
    "filepath")``. Missing messages on the path are created.

    Raises:
        ValueError: the value does not fit.
    """
    target: Any = request
    *outer, name = path
    while outer:
        target, outer = _step_into(target, outer)
    try:
        setattr(target, name, _converted(_field_of(target, name), value, getattr(target, name)))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _step_into(target: Any, outer: list[str]) -> tuple[Any, list[str]]:
    name, *rest = outer
    if rest and rest[0].isdecimal():
        items, place = getattr(target, name), int(rest[0])
        while len(items) <= place:
            items.append(_field_of(target, name).element.child())
        return items[place], rest[1:]
    if getattr(target, name) is None:
        setattr(target, name, _field_of(target, name).child())
    return getattr(target, name), rest


def _field_of(message: Any, name: str) -> Any:
    return message.__layout__.fields[name]


def _converted(field: Any, value: Any, present: Any) -> Any:
    """The value in the form that the message accepts: pairs as a dict, JSON as messages."""
    if isinstance(field, MessageField):
        return from_json_value(cast("Any", field.child), value)
    if isinstance(field, MessageList):
        child = cast("Any", field.element.child)
        return [from_json_value(child, item) for item in _flattened(value)]
    if isinstance(field, ScalarMap) and not is_dict(value):
        return {**present, **dict(value)}
    return list(value) if isinstance(field, ScalarList) else value


def _flattened(values: Any) -> list[Any]:
    """The elements from a repeated flag; each use has an object or a list of objects."""
    return [item for one in values for item in (one if is_list(one) else [one])]
