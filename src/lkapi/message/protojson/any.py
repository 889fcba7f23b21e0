"""ProtoJSON of google.protobuf.Any: the fields of the message inside, and its type url."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.message.pool import find_message, python_class, upb_class
from lkapi.message.protojson.values import (
    JSONValueError,
    format_duration,
    format_timestamp,
    parse_duration,
    parse_timestamp,
)
from lkapi.message.typeguards import is_dict

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.layout import Layout

__all__ = ["read_any", "write_any"]

_TIMES: Final[dict[str, tuple[Callable[[int, int], str], Callable[[Any], tuple[int, int]]]]] = {
    "google.protobuf.Duration": (format_duration, parse_duration),
    "google.protobuf.Timestamp": (format_timestamp, parse_timestamp),
}
"""Types inside an Any whose JSON form is a text, under the key ``value``."""


def _name_of(url: str) -> str:
    return url.rpartition("/")[2]


def _layout_of(url: str) -> Layout:
    name = _name_of(url)
    try:
        layout: Layout = python_class(find_message(name)).__layout__
    except KeyError:
        raise JSONValueError(f"the type {name!r} inside an Any is unknown") from None
    return layout


def write_any(raw: Any, write: Callable[[Layout, Any], dict[str, Any]]) -> dict[str, Any]:
    """The object with ``@type``; ValueError for types that are not in the schema.

    ``write`` makes the object of the message inside, by its layout.
    """
    if not raw.type_url and not raw.value:
        return {}
    time = _TIMES.get(_name_of(raw.type_url))
    if time:
        part = upb_class(find_message(_name_of(raw.type_url))).FromString(raw.value)
        return {"@type": raw.type_url, "value": time[0](part.seconds, part.nanos)}
    layout = _layout_of(raw.type_url)
    return {"@type": raw.type_url, **write(layout, layout.raw_class.FromString(raw.value))}


def read_any(value: Any, read: Callable[[Layout, Any], Any], *, strict: bool) -> dict[str, Any]:
    """The fields of an Any from its object; ValueError for types that are not in the schema.

    ``read`` makes the upb message inside, by its layout.
    """
    if not is_dict(value):
        raise JSONValueError(f"expected an object, not {type(value).__name__}")
    fields = dict(value)
    url = fields.pop("@type", None)
    if url is None and not (fields and strict):
        return {}
    if not isinstance(url, str):
        raise JSONValueError("an Any needs the member @type")
    time = _TIMES.get(_name_of(url))
    if time:
        seconds, nanos = time[1](fields.get("value"))
        part = upb_class(find_message(_name_of(url)))(seconds=seconds, nanos=nanos)
        return {"type_url": url, "value": part.SerializeToString()}
    return {"type_url": url, "value": read(_layout_of(url), fields).SerializeToString()}
