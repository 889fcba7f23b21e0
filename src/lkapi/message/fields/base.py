"""What every field of a message class does: assign, unset, and report a wrong value.

Scalars, enums and times stay in the upb message and are converted at each read (`Field`). Values
that can be changed in place (messages, lists, dicts) are converted at the first read and cached in
the instance's ``__dict__``; before encoding, what was changed is written to a copy of the upb
message (`CachedField`).
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Final

from lkapi.message.pool import upb_classes
from lkapi.message.structs import NestingError
from lkapi.message.typeguards import is_iterable, is_mapping

if TYPE_CHECKING:
    from lkapi.message.abstract import AbstractMessage

__all__ = ["UNCHANGED", "CachedField", "Field", "out_of_range"]

UNCHANGED: Final = object()
"""Returned by ``CachedField.pending_write`` where the upb message has the cached value already."""

_LIMITS: Final = {
    1: "double: up to 1.8e308, positive or negative",
    2: "float: up to 3.4e38, positive or negative",
    3: "int64: -9223372036854775808 to 9223372036854775807",
    4: "uint64: 0 to 18446744073709551615",
    5: "int32: -2147483648 to 2147483647",
    13: "uint32: 0 to 4294967295",
    14: "int32: -2147483648 to 2147483647",
    18: "sint64: -9223372036854775808 to 9223372036854775807",
}
"""The range of each numeric type of the schema, by protobuf's number of the type."""


class Field(abc.ABC):
    """One field of one message class."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        self.descriptor = descriptor
        self.owner = owner
        self.name: str = descriptor.name
        self.json: str = descriptor.json_name
        self.type: int = descriptor.type
        self.repeated = repeated
        self.presence: bool = descriptor.has_presence
        self.oneof = _oneof_of(descriptor)
        self.siblings: tuple[str, ...] = ()
        self.upb_classes = upb_classes(descriptor.message_type)

    def __repr__(self) -> str:
        return f"<field {self.owner}.{self.name}>"

    @abc.abstractmethod
    def accessor(self) -> object:
        """The class attribute with the name of the field."""

    @abc.abstractmethod
    def assign(self, message: AbstractMessage, value: Any) -> None:
        """Store a given value, None to unset; other members of the oneof are not changed."""

    def fill(self, message: AbstractMessage, value: Any) -> None:
        """``assign`` for a new message, which is discarded if that fails."""
        self.assign(message, value)

    def is_set(self, message: AbstractMessage) -> bool:
        """Whether the field has presence and is set, or differs from its default."""
        if self.presence:
            return bool(message.__upb__.HasField(self.name))
        return bool(getattr(message, self.name))

    def wrong_type(self, expected: str, value: object) -> TypeError:
        """The error for a value of another type; it never shows the value."""
        return TypeError(f"{self.owner}.{self.name} takes {expected}, not {type(value).__name__}")

    def wrong_value(self, why: object) -> ValueError:
        """The error for a value of the right type that cannot be encoded."""
        return ValueError(f"{self.owner}.{self.name}: {why}")

    def clear_siblings(self, message: AbstractMessage) -> None:
        """Unset the other members of the oneof."""
        for name in self.siblings:
            message.__dict__.pop(name, None)
        which = message.__upb__.WhichOneof(self.oneof)
        if which is not None and which != self.name:
            message.__upb__.ClearField(which)


def _oneof_of(descriptor: Any) -> str | None:
    oneof = descriptor.containing_oneof
    if oneof is None or oneof.name == f"_{descriptor.name}":
        return None
    name: str = oneof.name
    return name


def out_of_range(error: Exception, *types: int) -> str:
    """What is wrong with a value of the right type; ``types`` are protobuf's numbers of types."""
    if isinstance(error, NestingError):
        return str(error)
    if isinstance(error, UnicodeError):
        return "the text holds a lone surrogate and cannot be encoded"
    limits = "; ".join(_LIMITS[number] for number in types if number in _LIMITS)
    return f"the number is out of range{limits and f' ({limits})'}"


class CachedField(Field):
    """A field whose value can be changed in place, so it is cached in the instance."""

    expected = "a list"
    by_reference = True
    """Whether an assigned value is cached itself; else it is written to the upb message at once."""

    def accessor(self) -> object:
        """The field itself: a non-data descriptor, hidden by the value once that is cached."""
        return self

    def __get__(self, message: AbstractMessage | None, owner: object = None) -> Any:
        if message is None:
            return self
        value = self.load(message.__upb__)
        return value if value is None else message.__dict__.setdefault(self.name, value)

    @abc.abstractmethod
    def load(self, raw: Any) -> Any:
        """Convert the value of a upb message; None if it is unset."""

    @abc.abstractmethod
    def validate(self, value: Any) -> Any:
        """Check and convert a given value; TypeError if it has another type."""

    def pending_write(self, raw: Any, value: Any) -> Any:
        """What to write into the upb message for a cached value, or ``UNCHANGED``."""
        return UNCHANGED if self.load(raw) == value else self.validate(value)

    @abc.abstractmethod
    def write(self, raw: Any, value: Any) -> None:
        """Write what ``pending_write`` returned into a upb message."""

    def assign(self, message: AbstractMessage, value: Any) -> None:
        """Cache or write a value, or unset the field for None."""
        if value is None:
            self.unset(message)
            return
        value = self.validate(value)
        if self.by_reference:
            message.__dict__[self.name] = value
        else:
            self._write_through(message, value)

    def fill(self, message: AbstractMessage, value: Any) -> None:
        """Cache or write a value of a new message."""
        value = self.validate(value)
        if self.by_reference:
            message.__dict__[self.name] = value
        else:
            self.write(message.__upb__, value)

    def unset(self, message: AbstractMessage) -> None:
        """Remove the value; TypeError for a list or map: assign an empty one instead."""
        if not self.presence:
            raise self.wrong_type(self.expected, None)
        message.__dict__.pop(self.name, None)
        message.__upb__.ClearField(self.name)

    def _write_through(self, message: AbstractMessage, value: Any) -> None:
        raw = message.__upb__
        scratch = type(raw)()
        self.write(scratch, value)
        raw.ClearField(self.name)
        raw.MergeFrom(scratch)
        message.__dict__.pop(self.name, None)

    def is_set(self, message: AbstractMessage) -> bool:
        """Whether it is set; a list or map is set unless it is empty."""
        if self.name in message.__dict__:
            return self.presence or bool(message.__dict__[self.name])
        return super().is_set(message)

    def elements_of(self, value: Any) -> list[Any]:
        """The elements of a value given for a list."""
        if not is_iterable(value):
            raise self.wrong_type(self.expected, value)
        return list(value)

    def pairs_of(self, value: Any) -> dict[Any, Any]:
        """The pairs of a value given for a map."""
        if not is_mapping(value):
            raise self.wrong_type(self.expected, value)
        return dict(value)
