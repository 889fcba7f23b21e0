"""Struct and Any fields: a dict of JSON values, and an AnyValue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.message.abstract import AbstractMessage
from lkapi.message.any_value import AnyValue
from lkapi.message.fields.base import CachedField, out_of_range
from lkapi.message.structs import struct_from_wire, struct_to_wire
from lkapi.message.typeguards import is_dict

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONVERTERS", "ConvertedField", "ConvertedList"]


@attrs.frozen
class Converter:
    """How a well-known type becomes a Python value and back."""

    expected: str
    annotation: type
    """The type in the signature of constructors."""
    check: Callable[[Any], bool]
    """Whether a value is of the right type."""
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]
    """Fill an empty upb message; the text of its TypeError is what would be accepted."""


def _is_any(value: Any) -> bool:
    return isinstance(value, AnyValue | AbstractMessage)


def _any_from_wire(raw: Any) -> Any:
    return AnyValue(raw.type_url, raw.value)


def _any_to_wire(raw: Any, value: Any) -> None:
    packed = value if isinstance(value, AnyValue) else AnyValue.pack(value)
    raw.type_url, raw.value = packed.type_url, packed.value


CONVERTERS: Final = {
    "google.protobuf.Struct": Converter(
        "a dict of JSON values", dict, is_dict, struct_from_wire, struct_to_wire
    ),
    "google.protobuf.Any": Converter(
        "an AnyValue or a message", object, _is_any, _any_from_wire, _any_to_wire
    ),
}
"""The well-known types whose Python value is cached; times have a `TimeField`."""


class ConvertedField(CachedField):
    """A Struct or Any."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=False)
        self.converter = converter
        self.expected = converter.expected

    def load(self, raw: Any) -> Any:
        return self.converter.read(getattr(raw, self.name)) if raw.HasField(self.name) else None

    def validate(self, value: Any) -> Any:
        if not self.converter.check(value):
            raise self.wrong_type(self.expected, value)
        return value

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        part = getattr(raw, self.name)
        part.SetInParent()
        self.write_one(part, value)

    def write_one(self, part: Any, value: Any) -> None:
        """Write one value, with errors that name the field."""
        try:
            self.converter.write(part, value)
        except TypeError as error:
            raise TypeError(f"{self.owner}.{self.name} takes {error}") from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error)) from None


class ConvertedList(CachedField):
    """A list of Structs or Anys."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.element = ConvertedField(descriptor, owner, converter)
        self.expected = f"a list, each {converter.expected}"

    def load(self, raw: Any) -> Any:
        return [self.element.converter.read(item) for item in getattr(raw, self.name)]

    def validate(self, value: Any) -> Any:
        return [self.element.validate(item) for item in self.elements_of(value)]

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        for item in value:
            self.element.write_one(getattr(raw, self.name).add(), item)
