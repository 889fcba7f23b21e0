"""From ProtoJSON to a upb message, by a table for each message class.

An object becomes the keyword arguments of the upb class, nested objects as nested dicts, and upb
builds the whole tree at once: that is several times faster than setting field by field.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lkapi.errors import DecodeError
from lkapi.message import anyjson
from lkapi.message._containers import ConvertedField, ConvertedList, ScalarList, ScalarMap
from lkapi.message._fields import EnumField, Field, ScalarField, TimeField
from lkapi.message._held import MessageField, MessageList, MessageMap
from lkapi.message.guards import is_list, is_mapping
from lkapi.message.jsontext import (
    UnfitError,
    base64_bytes,
    duration_of,
    finite_double,
    integer,
    single_float,
    timestamp_of,
)
from lkapi.message.pool import message_class
from lkapi.message.structs import write_struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.layout import Layout

__all__ = ["parse_json", "read_object"]

Read: TypeAlias = "Callable[[Any, bool], Any]"
"""Takes a JSON value and whether unknown things are refused; raises ValueError."""

SKIP: Final = object()
"""An enum name from the future: the field is left out."""
_RANGES: Final = {
    **dict.fromkeys((5, 15, 17), (-(2**31), 2**31 - 1)),
    **dict.fromkeys((7, 13), (0, 2**32 - 1)),
    **dict.fromkeys((3, 16, 18), (-(2**63), 2**63 - 1)),
    **dict.fromkeys((4, 6), (0, 2**64 - 1)),
}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnfitError("a member is given twice")
    return found


def _refuse_constant(name: str) -> float:
    raise UnfitError(f"{name} is no JSON")


def _keep_minus_zero(text: str) -> int | float:
    return -0.0 if text == "-0" else int(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=Decimal, parse_constant=_refuse_constant
)
_MINUS_ZERO_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=Decimal,
    parse_int=_keep_minus_zero,
    parse_constant=_refuse_constant,
)


def parse_json(text: str | bytes | bytearray) -> Any:
    """Strict JSON with exact numbers; DecodeError for everything else."""
    try:
        if not isinstance(text, str):
            text = text.decode("utf-8")
        decoder = _MINUS_ZERO_DECODER if "-" in text and "-0" in text else _DECODER
        return decoder.decode(text)
    except UnicodeDecodeError:
        raise DecodeError("the text is not UTF-8") from None
    except RecursionError:
        raise DecodeError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise DecodeError(f"the text is no JSON: {error}") from None


def read_object(layout: Layout, data: object, *, strict: bool) -> Any:
    """Build a upb message from a JSON object; DecodeError if it does not fit."""
    try:
        return layout.raw_class(**_arguments(layout, data, strict))
    except ValueError as error:
        raise DecodeError(f"no {layout.descriptor.full_name}: {_plain(error)}") from None


def _plain(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "a text holds a lone surrogate"
    return str(error)


def _arguments(layout: Layout, data: object, strict: bool) -> dict[str, Any]:
    if not is_mapping(data):
        raise UnfitError(f"expected an object, not {type(data).__name__}")
    readers = _readers_of(layout)
    out: dict[str, Any] = {}
    for key, value in data.items():
        reader = readers.get(key)
        if reader is None:
            if strict:
                raise DecodeError(f"{layout.descriptor.full_name} has no field {key!r}")
        elif value is not None:
            name, read = reader
            if name in out:
                raise DecodeError(f"{layout.descriptor.full_name}.{name} is given twice")
            try:
                converted = read(value, strict)
            except ValueError as error:
                raise DecodeError(f"{layout.descriptor.full_name}.{name}: {error}") from None
            if converted is not SKIP:
                out[name] = converted
    if layout.oneofs:
        _check_oneofs(layout, out)
    return out


def _check_oneofs(layout: Layout, given: dict[str, Any]) -> None:
    for oneof, members in layout.oneofs.items():
        both = [name for name in members if name in given]
        if len(both) > 1:
            raise DecodeError(
                f"{layout.descriptor.full_name}.{oneof} is given two members: {', '.join(both)}"
            )


def _readers_of(layout: Layout) -> dict[Any, Any]:
    if layout.readers is None:
        readers: dict[Any, Any] = {}
        for field in layout.fields.values():
            readers[field.json] = readers[field.name] = (field.name, _reader(field))
        layout.readers = readers
    return layout.readers


def _reader(field: Field) -> Read:
    if isinstance(field, ScalarList):
        return _list_of(_scalar(field.element))
    if isinstance(field, ScalarMap):
        return _map_of(_key(field.key), _scalar(field.value))
    if isinstance(field, MessageMap):
        return _map_of(_key(field.key), _message_instance(field.value))
    if isinstance(field, MessageList):
        return _list_of(_nested(field.element))
    if isinstance(field, MessageField):
        return _nested(field)
    if isinstance(field, ConvertedList):
        return _list_of(_converted(field.element))
    if isinstance(field, ConvertedField):
        return _converted(field)
    if isinstance(field, TimeField):
        return _time(field)
    assert isinstance(field, ScalarField)
    return _scalar(field)


def _list_of(read: Read) -> Read:
    def elements(values: Any, strict: bool) -> list[Any]:
        if not is_list(values):
            raise UnfitError(f"expected an array, not {type(values).__name__}")
        if None in values:
            raise UnfitError("null is no element of a list")
        found = [read(value, strict) for value in values]
        return [value for value in found if value is not SKIP] if SKIP in found else found

    return elements


def _map_of(key_of: Callable[[str], Any], read: Read) -> Read:
    def entries(pairs: Any, strict: bool) -> dict[Any, Any]:
        if not is_mapping(pairs):
            raise UnfitError(f"expected an object, not {type(pairs).__name__}")
        out: dict[Any, Any] = {}
        for text, value in pairs.items():
            key = key_of(text)
            if key in out:
                raise UnfitError("a key is given twice")
            converted = read(value, strict)
            if converted is not SKIP:
                out[key] = converted
        return out

    return entries


def _key(field: ScalarField) -> Callable[[str], Any]:
    if field.expected == "str":
        return _text_key
    low, high = _RANGES[field.type]

    def number(text: Any) -> int:
        digits = text.removeprefix("-") if isinstance(text, str) else ""
        if not (digits.isascii() and digits.isdigit()):
            raise UnfitError("a key is no integer")
        return integer(int(text), low, high)

    return number


def _text_key(text: Any) -> str:
    if isinstance(text, str):
        return text
    raise UnfitError(f"expected keys of text, not {type(text).__name__}")


def _nested(field: MessageField) -> Read:
    return lambda value, strict: _arguments(field.child.__layout__, value, strict)


def _message_instance(field: MessageField) -> Read:
    """The message itself: upb takes dicts as elements of lists, but not as values of maps."""
    return lambda value, strict: read_object(field.child.__layout__, value, strict=strict)


def _time(field: TimeField) -> Read:
    parts = timestamp_of if field.is_timestamp else duration_of

    def read(text: Any, _: bool) -> dict[str, int]:
        seconds, nanos = parts(text)
        return {"seconds": seconds, "nanos": nanos}

    return read


def _converted(field: ConvertedField) -> Read:
    if field.descriptor.message_type.name == "Any":

        def read_any(value: Any, strict: bool) -> dict[str, Any]:
            return anyjson.read_any(
                value, lambda lay, d: read_object(lay, d, strict=strict), strict=strict
            )

        return read_any
    raw_class = message_class(field.descriptor.message_type)

    def read(value: Any, _: bool) -> Any:
        if not is_mapping(value):
            raise UnfitError(f"expected an object, not {type(value).__name__}")
        raw = raw_class()
        try:
            write_struct(raw, value)
        except (TypeError, OverflowError):
            raise UnfitError("expected nothing but JSON values") from None
        return raw

    return read


def _scalar(field: ScalarField) -> Read:
    if isinstance(field, EnumField):
        return _enum(field)
    if field.type in _RANGES:
        low, high = _RANGES[field.type]
        return lambda value, _: (
            value if type(value) is int and low <= value <= high else integer(value, low, high)
        )
    return _PLAIN[field.expected if field.type != _FLOAT else "single"]


_FLOAT: Final = 2


def _text(value: Any, _: bool) -> str:
    if isinstance(value, str):
        return value
    raise UnfitError(f"expected text, not {type(value).__name__}")


def _bool(value: Any, _: bool) -> bool:
    if isinstance(value, bool):
        return value
    raise UnfitError(f"expected true or false, not {type(value).__name__}")


_PLAIN: Final[dict[str, Read]] = {
    "str": _text,
    "bool": _bool,
    "bytes": lambda value, _: base64_bytes(value),
    "float": lambda value, _: finite_double(value),
    "single": lambda value, _: single_float(value),
}


def _enum(field: EnumField) -> Read:
    numbers = {member.name: int(member) for member in field.enum}

    def read(value: Any, strict: bool) -> Any:
        if isinstance(value, str):
            number = numbers.get(value)
            if number is not None:
                return number
            if strict:
                raise UnfitError(f"{field.expected} has no value {value!r}")
            return SKIP
        if isinstance(value, bool):
            raise UnfitError("expected the name or number of an enum value, not bool")
        return integer(value, -(2**31), 2**31 - 1)

    return read
