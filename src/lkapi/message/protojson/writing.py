"""From a upb message to ProtoJSON objects, by a table for each message class."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lkapi.message.fields import (
    ConvertedField,
    ConvertedList,
    EnumField,
    Field,
    MessageField,
    MessageList,
    MessageMap,
    ScalarList,
    ScalarMap,
    TimeField,
)
from lkapi.message.protojson.any import write_any
from lkapi.message.protojson.values import format_duration, format_timestamp, shortest_float32
from lkapi.message.structs import struct_from_wire
from lkapi.message.typeguards import is_dict, is_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.layout import Layout

__all__ = ["write_object"]

Style: TypeAlias = tuple[bool, bool]
"""Whether to keep the names of the schema, and whether to write defaults."""
Write: TypeAlias = "Callable[[Any, Style], Any]"

_DOUBLE, _FLOAT, _BYTES = 1, 2, 12
_INT64: Final = (3, 4, 6, 16, 18)


def write_object(
    layout: Layout, raw: Any, *, proto_names: bool = False, emit_defaults: bool = False
) -> dict[str, Any]:
    """The ProtoJSON object of a upb message."""
    return _write(layout, raw, (proto_names, emit_defaults))


def _write(layout: Layout, raw: Any, style: Style) -> dict[str, Any]:
    proto_names, emit_defaults = style
    writers = _writers_of(layout)
    out: dict[str, Any] = {}
    if emit_defaults:
        for name, _, default in writers.values():
            if default is not _LEFT_OUT:
                out[name[proto_names]] = default() if default else None
    for descriptor, value in raw.ListFields():
        name, write, _ = writers[descriptor]
        out[name[proto_names]] = value if write is None else write(value, style)
    return out


_LEFT_OUT: Final = object()


def _writers_of(layout: Layout) -> dict[Any, Any]:
    if layout.writers is None:
        layout.writers = {
            field.descriptor: ((field.json, field.name), _writer(field), _default(field))
            for field in layout.fields.values()
        }
    return layout.writers


def _default(field: Field) -> Any:
    """A maker of the value that an unset field shows, None for null, or ``_LEFT_OUT``."""
    if field.descriptor.containing_oneof is not None:
        return _LEFT_OUT
    if isinstance(field, ScalarMap | MessageMap):
        return dict
    if field.repeated:
        return list
    if field.presence:
        return None
    write, value = _writer(field), field.descriptor.default_value
    shown = value if write is None else write(value, (False, False))
    return lambda: shown


def _writer(field: Field) -> Write | None:
    """A function from a value to its JSON form; None if both are the same."""
    if isinstance(field, ScalarList):
        return _each(_scalar(field.element))
    if isinstance(field, ScalarMap):
        return _entries(_scalar(field.value))
    if isinstance(field, MessageMap):
        return _entries(_nested(field.value))
    if isinstance(field, MessageList):
        return _each(_nested(field.element))
    if isinstance(field, MessageField):
        return _nested(field)
    if isinstance(field, ConvertedList):
        return _each(_converted(field.element))
    if isinstance(field, ConvertedField):
        return _converted(field)
    if isinstance(field, TimeField):
        return _time(field)
    return _scalar(field)


def _each(write: Write | None) -> Write:
    if write is None:
        return lambda values, _: list(values)
    return lambda values, style: [write(value, style) for value in values]


def _entries(write: Write | None) -> Write:
    def entries(pairs: Any, style: Style) -> dict[str, Any]:
        if write is None:
            return {str(key): value for key, value in pairs.items()}
        return {str(key): write(value, style) for key, value in pairs.items()}

    return entries


def _nested(field: MessageField) -> Write:
    return lambda raw, style: _write(field.child.__layout__, raw, style)


def _time(field: TimeField) -> Write:
    text = format_timestamp if field.is_timestamp else format_duration

    def write(raw: Any, _: Style) -> str:
        try:
            return text(raw.seconds, raw.nanos)
        except ValueError as error:
            raise field.wrong_value(error) from None

    return write


def _converted(field: ConvertedField) -> Write:
    if field.descriptor.message_type.name == "Any":
        return lambda raw, style: write_any(raw, lambda layout, inner: _write(layout, inner, style))

    def write(raw: Any, _: Style) -> Any:
        return _finite(struct_from_wire(raw), field)

    return write


def _finite(value: Any, field: Field) -> Any:
    """A JSON value whose integral numbers are ints; ValueError for NaN and the infinities."""
    if is_dict(value):
        return {key: _finite(item, field) for key, item in value.items()}
    if is_list(value):
        return [_finite(item, field) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise field.wrong_value("NaN and infinities inside a Struct have no JSON form")
        return int(value) if value.is_integer() and abs(value) < 2**53 and value else value
    return value


def _scalar(field: Field) -> Write | None:
    if isinstance(field, EnumField):
        names = {int(member): member.name for member in field.enum}
        return lambda number, _: names.get(number, number)
    if field.type in _INT64:
        return lambda number, _: str(number)
    if field.type == _BYTES:
        return lambda data, _: base64.b64encode(data).decode("ascii")
    if field.type == _DOUBLE:
        return lambda number, _: number if math.isfinite(number) else _special(number)
    if field.type == _FLOAT:
        return lambda number, _: (
            shortest_float32(number) if math.isfinite(number) else _special(number)
        )
    return None


def _special(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
