"""What a message does with the fields that live in its upb message: scalars, enums and times.

They are read from it each time. A property around a C-level attribute getter costs little more
than the attribute itself.
"""

from __future__ import annotations

import abc
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from lkapi._words import nearest
from lkapi.message import times
from lkapi.message.enums import member_table
from lkapi.message.guards import is_bytes
from lkapi.message.pool import keep_classes, locate
from lkapi.message.structs import NestingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.base import Message

__all__ = ["SAME", "EnumField", "Field", "ScalarField", "TimeField", "out_of_range"]

SAME: Final = object()
"""Answer of a comparison: what is held is what the upb message says."""

_NAMES_SHOWN: Final = 8
"""How many members of an enum an error lists."""

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
"""Types that upb would take more for than it should; it checks numbers itself."""


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
        self.kept = keep_classes(descriptor.message_type)

    def __repr__(self) -> str:
        return f"<field {self.owner}.{self.name}>"

    @abc.abstractmethod
    def accessor(self) -> object:
        """What the class gets under the name of the field."""

    @abc.abstractmethod
    def assign(self, message: Message, value: Any) -> None:
        """Store a value that the caller gives, None to unset; siblings are left alone."""

    def is_set(self, message: Message) -> bool:
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

    def clear_siblings(self, message: Message) -> None:
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

        def read(message: Message) -> Any:
            raw = message.__upb__
            return getattr(raw, name) if raw.HasField(name) else None

        return property(read)

    def convert(self, value: Any) -> Any:
        """The value as upb takes it; TypeError without text if it is of another type."""
        return value if self.check is None else self.check(value)

    def but(self, value: object) -> str:
        """The end of the complaint about a value that is not what was expected."""
        return f", not {type(value).__name__}"

    def assign(self, message: Message, value: Any) -> None:
        """Write it into the upb message."""
        if value is None:
            if not self.presence:
                raise self.wrong_type(self.expected, value)
            message.__upb__.ClearField(self.name)
            return
        try:
            setattr(message.__upb__, self.name, self.convert(value))
        except TypeError:
            raise TypeError(
                f"{self.owner}.{self.name} takes {self.expected}{self.but(value)}"
            ) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.type)) from None


class EnumField(ScalarField):
    """An enum: a member where the number is known, else the number."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.enum = locate(descriptor.enum_type)
        self.members = member_table(self.enum)
        self.expected = self.enum.__qualname__

    def accessor(self) -> object:
        """A property that looks the number up."""
        name, members = self.name, self.members
        if not self.presence:
            read_number = attrgetter(f"__upb__.{name}")
            return property(lambda message: members[read_number(message)])

        def read(message: Message) -> Any:
            raw = message.__upb__
            return members[getattr(raw, name)] if raw.HasField(name) else None

        return property(read)

    def convert(self, value: Any) -> Any:
        """A number, or the name of a member as protobuf takes it."""
        if not isinstance(value, str):
            return value
        if value in self.enum.__members__:
            return self.enum[value]
        raise TypeError

    def but(self, value: object) -> str:
        """With the name that a misspelt one resembles, else with the first names."""
        if not isinstance(value, str):
            return super().but(value)
        names = list(self.enum.__members__)
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        return " or the name of a member" + (nearest(value.upper(), names) or f": {shown}")


class TimeField(Field):
    """A Timestamp or Duration."""

    def __init__(self, descriptor: Any, owner: str) -> None:
        super().__init__(descriptor, owner)
        self.is_timestamp: bool = descriptor.message_type.name == "Timestamp"
        self.read: Callable[[Any], Any] = times.read_duration
        self.parts: Callable[[Any], tuple[int, int]] = times.duration_parts
        if self.is_timestamp:
            self.read, self.parts = times.read_timestamp, times.timestamp_parts

    def accessor(self) -> object:
        """A property that makes a datetime or timedelta."""
        return property(self.value_in)

    def value_in(self, message: Message) -> Any:
        """The datetime or timedelta, None if unset."""
        raw = message.__upb__
        if not raw.HasField(self.name):
            return None
        try:
            return self.read(getattr(raw, self.name))
        except OverflowError:
            raise self.wrong_value("outside the range of Python's times") from None

    def assign(self, message: Message, value: Any) -> None:
        """Write it, unless it is what the wire has already, to the microsecond."""
        raw = message.__upb__
        if value is None:
            raw.ClearField(self.name)
            return
        try:
            seconds, nanos = self.parts(value)
            if raw.HasField(self.name) and self._means(getattr(raw, self.name), value):
                return
            part = type(getattr(raw, self.name))(seconds=seconds, nanos=nanos)
        except TypeError as error:
            raise self.wrong_type(str(error), value) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(error) from None
        raw.ClearField(self.name)
        getattr(raw, self.name).SetInParent()
        getattr(raw, self.name).CopyFrom(part)

    def _means(self, part: Any, value: Any) -> bool:
        """Whether the wire's value, cut to microseconds, is the one given."""
        try:
            return bool(self.read(part) == value)
        except OverflowError:
            return False
