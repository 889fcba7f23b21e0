"""Numbers, text, bytes, bools and enums: single ones, lists, and dicts with such values.

A property around a C-level attribute getter costs little more than the attribute itself.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from lkapi._words import nearest
from lkapi.message.enums import member_table
from lkapi.message.fields.base import UNCHANGED, CachedField, Field, out_of_range
from lkapi.message.pool import python_class
from lkapi.message.typeguards import is_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.abstract import AbstractMessage

__all__ = ["EnumField", "ScalarField", "ScalarList", "ScalarMap"]

_NAMES_SHOWN: Final = 8
"""How many members of an enum an error lists."""

_EXPECTED: Final = {1: "float", 2: "float", 8: "bool", 9: "str", 12: "bytes"}


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _as_bytes(value: Any) -> bytes:
    if is_bytes(value):
        return bytes(value)
    raise TypeError


def _as_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


_CHECKS: Final[dict[int, Callable[[Any], Any]]] = {8: _as_bool, 9: _as_text, 12: _as_bytes}
"""Checks of the types for which upb is too lenient; it checks numbers itself."""


class ScalarField(Field):
    """A number, text, bytes or bool."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.check = _CHECKS.get(self.type)
        self.expected = _EXPECTED.get(self.type, "int")

    def accessor(self) -> object:
        """A property; unset is None where the field has presence."""
        if not self.presence:
            return property(attrgetter(f"__upb__.{self.name}"))
        name = self.name

        def read(message: AbstractMessage) -> Any:
            raw = message.__upb__
            return getattr(raw, name) if raw.HasField(name) else None

        return property(read)

    def convert(self, value: Any) -> Any:
        """The value in the form that upb accepts; TypeError without text if it has another type."""
        return value if self.check is None else self.check(value)

    def mismatch(self, value: object) -> str:
        """The end of the error text: what was given instead of the expected type."""
        return f", not {type(value).__name__}"

    def assign(self, message: AbstractMessage, value: Any) -> None:
        """Write it into the upb message."""
        if value is None:
            if not self.presence:
                raise self.wrong_type(self.expected, value)
            message.__upb__.ClearField(self.name)
        else:
            self.fill(message, value)

    def fill(self, message: AbstractMessage, value: Any) -> None:
        """``assign`` for a value that is not None, in a new or an existing message."""
        try:
            setattr(message.__upb__, self.name, self.convert(value))
        except TypeError:
            raise TypeError(
                f"{self.owner}.{self.name} takes {self.expected}{self.mismatch(value)}"
            ) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.type)) from None


class EnumField(ScalarField):
    """An enum: a member where the number is known, else the number."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.enum = python_class(descriptor.enum_type)
        self.members = member_table(self.enum)
        self.expected = self.enum.__qualname__

    def accessor(self) -> object:
        """A property that looks the number up."""
        name, members = self.name, self.members
        if not self.presence:
            read_number = attrgetter(f"__upb__.{name}")
            return property(lambda message: members[read_number(message)])

        def read(message: AbstractMessage) -> Any:
            raw = message.__upb__
            return members[getattr(raw, name)] if raw.HasField(name) else None

        return property(read)

    def convert(self, value: Any) -> Any:
        """A number, or the name of a member, which protobuf also accepts."""
        if not isinstance(value, str):
            return value
        if value in self.enum.__members__:
            return self.enum[value]
        raise TypeError

    def mismatch(self, value: object) -> str:
        """For text: the nearest member name, else the first names."""
        if not isinstance(value, str):
            return super().mismatch(value)
        names = list(self.enum.__members__)
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        return " or the name of a member" + (nearest(value.upper(), names) or f": {shown}")


class ScalarList(CachedField):
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

    def validate(self, value: Any) -> Any:
        return self.elements_of(value)

    def pending_write(self, raw: Any, value: Any) -> Any:
        return UNCHANGED if getattr(raw, self.name)[:] == value else self.validate(value)

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        append, convert = getattr(raw, self.name).append, self.element.convert
        item: object = None
        try:
            for item in value:
                append(convert(item))
        except TypeError:
            expected = f"{self.owner}.{self.name} takes {self.expected}"
            raise TypeError(expected + self.element.mismatch(item)) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.element.type)) from None


class ScalarMap(CachedField):
    """A dict from text or numbers to plain values."""

    by_reference = False

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: ScalarField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.expected}"

    def load(self, raw: Any) -> Any:
        values = getattr(raw, self.name)
        return {key: values[key] for key in values} if len(values) else {}  # items() is slow in upb

    def validate(self, value: Any) -> Any:
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
