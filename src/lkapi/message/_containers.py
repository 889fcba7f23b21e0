"""Lists and dicts of plain values, and Google's Struct and Any.

What is assigned is written into the upb message at once; what is read is a list or dict of its own,
held so that changes to it reach the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.message._fields import SAME, EnumField, ScalarField, out_of_range
from lkapi.message._held import HeldField
from lkapi.message.guards import is_dict
from lkapi.message.structs import read_struct, write_struct

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["CONVERTERS", "ConvertedField", "ConvertedList", "ScalarList", "ScalarMap"]


class ScalarList(HeldField):
    """A list of numbers, texts, bytes, bools or enums."""

    by_reference = False

    def __init__(self, element: ScalarField) -> None:
        super().__init__(element.descriptor, element.owner, repeated=True)
        self.element = element
        self.members = element.members if isinstance(element, EnumField) else None
        self.expected = f"a list of {element.expected}"

    def load(self, raw: Any) -> Any:
        found = getattr(raw, self.name)[:]
        if found and self.members is not None:
            return [self.members[value] for value in found]
        return found

    def take(self, value: Any) -> Any:
        return self.elements_of(value)

    def outdated(self, raw: Any, held: Any) -> Any:
        return SAME if getattr(raw, self.name)[:] == held else self.take(held)

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        append, convert = getattr(raw, self.name).append, self.element.convert
        item: object = None
        try:
            for item in value:
                append(convert(item))
        except TypeError:
            takes = f"{self.owner}.{self.name} takes {self.expected}"
            raise TypeError(takes + self.element.but(item)) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.element.type)) from None


class ScalarMap(HeldField):
    """A dict from text or numbers to plain values."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: ScalarField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.expected}"

    def load(self, raw: Any) -> Any:
        values = getattr(raw, self.name)
        return dict(values.items()) if len(values) else {}

    def take(self, value: Any) -> Any:
        return self.pairs_of(value)

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        target = getattr(raw, self.name)
        pair: tuple[object, object] = (None, None)
        try:
            for pair in value.items():
                target[self.key.convert(pair[0])] = self.value.convert(pair[1])
        except TypeError:
            raise self._wrong_pair(*pair) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.key.type, self.value.type)) from None

    def _wrong_pair(self, key: object, value: object) -> TypeError:
        given = f"{type(key).__name__} to {type(value).__name__}"
        return TypeError(f"{self.owner}.{self.name} takes {self.expected}, not {given}")


@attrs.frozen
class Converter:
    """How a well-known type becomes a Python value and back."""

    expected: str
    shown: type
    """The type that signatures show."""
    check: Callable[[Any], bool]
    """Whether a value is of the right type."""
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]
    """Fill an empty upb message; TypeError tells what is expected instead."""


def _is_any(value: Any) -> bool:
    from lkapi.message.base import Message
    from lkapi.message.wellknown import AnyValue

    return isinstance(value, AnyValue | Message)


def _read_any(raw: Any) -> Any:
    from lkapi.message.wellknown import AnyValue

    return AnyValue(raw.type_url, raw.value)


def _write_any(raw: Any, value: Any) -> None:
    from lkapi.message.wellknown import AnyValue

    packed = value if isinstance(value, AnyValue) else AnyValue.pack(value)
    raw.type_url, raw.value = packed.type_url, packed.value


CONVERTERS: Final = {
    "google.protobuf.Struct": Converter(
        "a dict of JSON values", dict, is_dict, read_struct, write_struct
    ),
    "google.protobuf.Any": Converter(
        "an AnyValue or a message", object, _is_any, _read_any, _write_any
    ),
}
"""The well-known types that have a Python value of their own; times are kept elsewhere."""


class ConvertedField(HeldField):
    """A Struct or Any."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=False)
        self.converter = converter
        self.expected = converter.expected

    def load(self, raw: Any) -> Any:
        return self.converter.read(getattr(raw, self.name)) if raw.HasField(self.name) else None

    def take(self, value: Any) -> Any:
        if not self.converter.check(value):
            raise self.wrong_type(self.expected, value)
        return value

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        part = getattr(raw, self.name)
        part.SetInParent()
        self.fill(part, value)

    def fill(self, part: Any, value: Any) -> None:
        """Write one value, with errors that name the field."""
        try:
            self.converter.write(part, value)
        except TypeError as error:
            raise TypeError(f"{self.owner}.{self.name} takes {error}") from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error)) from None


class ConvertedList(HeldField):
    """A list of them."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.element = ConvertedField(descriptor, owner, converter)
        self.expected = f"a list, each {converter.expected}"

    def load(self, raw: Any) -> Any:
        return [self.element.converter.read(item) for item in getattr(raw, self.name)]

    def take(self, value: Any) -> Any:
        return [self.element.take(item) for item in self.elements_of(value)]

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        for item in value:
            self.element.fill(getattr(raw, self.name).add(), item)
