"""The fields whose values can be changed in place: messages, Structs, lists and maps.

A value is converted when first read and held in the instance's dict. Encoding asks ``outdated``
what differs from the upb message and lets ``write`` put it into a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from lkapi.message.convert import accept, wrap
from lkapi.message.fields import SAME, EnumField, Field, ScalarField, out_of_range
from lkapi.message.pool import locate, message_class
from lkapi.message.structs import read_struct, write_struct

if TYPE_CHECKING:
    from lkapi.message.base import Message

__all__ = [
    "ConvertedField",
    "ConvertedList",
    "HeldField",
    "MessageField",
    "MessageList",
    "MessageMap",
    "ScalarList",
    "ScalarMap",
    "any_converter",
    "struct_converter",
]


class HeldField(Field):
    """A value that can be changed in place."""

    expected = "a list"

    def accessor(self) -> object:
        return self

    def __get__(self, message: Message | None, owner: object = None) -> Any:
        if message is None:
            return self
        value = self.load(message.__upb__)
        return value if value is None else message.__dict__.setdefault(self.name, value)

    def load(self, raw: Any) -> Any:
        """Convert the value of a upb message; None if it is unset."""
        raise NotImplementedError

    def take(self, value: Any) -> Any:
        """Convert what a caller gives to what is held."""
        raise NotImplementedError

    def outdated(self, raw: Any, held: Any) -> Any:
        """What has to be written into the upb message for a held value, or ``SAME``."""
        return SAME if self.load(raw) == held else held

    def write(self, raw: Any, value: Any) -> None:
        """Write what ``outdated`` gave into a upb message."""
        raise NotImplementedError

    def assign(self, message: Message, value: Any) -> None:
        if value is None:
            if not self.presence:
                raise self.wrong_type(self.expected, value)
            message.__dict__.pop(self.name, None)
            message.__upb__.ClearField(self.name)
            return
        message.__dict__[self.name] = self.take(value)
        if self.oneof:
            self.clear_siblings(message)

    def is_set(self, message: Message) -> bool:
        if self.name in message.__dict__:
            return self.presence or bool(message.__dict__[self.name])
        return super().is_set(message)

    def check(self, value: Any) -> None:
        """Write a value into a message of its own, to see that it can be."""
        self.write(message_class(self.descriptor.containing_type)(), value)

    def elements_of(self, value: Any) -> list[Any]:
        """The elements of what was given for a list."""
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise self.wrong_type(self.expected, value)
        return list(value)

    def pairs_of(self, value: Any) -> dict[Any, Any]:
        """The pairs of what was given for a map."""
        if not isinstance(value, Mapping):
            raise self.wrong_type(self.expected, value)
        return dict(value)


class MessageField(HeldField):
    """A nested message."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self._child: type[Message] | None = None

    @property
    def child(self) -> type[Message]:
        """The class of the nested message."""
        if self._child is None:
            self._child = locate(self.descriptor.message_type)
        return self._child

    def load(self, raw: Any) -> Any:
        return wrap(self.child, getattr(raw, self.name)) if raw.HasField(self.name) else None

    def take(self, value: Any) -> Message:
        if isinstance(value, Mapping):
            return self.child(**value)
        return accept(self.child, value, f"{self.owner}.{self.name}")

    def outdated(self, raw: Any, held: Any) -> Any:
        current = held.__current__()
        return SAME if raw.HasField(self.name) and current is getattr(raw, self.name) else current

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        part = getattr(raw, self.name)
        part.SetInParent()
        part.CopyFrom(value)


class MessageList(HeldField):
    """A list of messages."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.element = MessageField(descriptor, owner, repeated=repeated)
        self.expected = f"a list of {descriptor.message_type.name}"

    def load(self, raw: Any) -> Any:
        child = self.element.child
        return [wrap(child, item) for item in getattr(raw, self.name)]

    def take(self, value: Any) -> Any:
        return [self.element.take(item) for item in self.elements_of(value)]

    def outdated(self, raw: Any, held: Any) -> Any:
        old = getattr(raw, self.name)
        new = [self.element.take(item).__current__() for item in self.elements_of(held)]
        return SAME if len(new) == len(old) and all(map(is_, new, old)) else new

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        getattr(raw, self.name).extend(value)


class ScalarList(HeldField):
    """A list of numbers, texts, bytes, bools or enums."""

    def __init__(self, element: ScalarField) -> None:
        super().__init__(element.descriptor, element.owner, repeated=True)
        self.element = element
        self.expected = f"a list of {element.expected}"

    def load(self, raw: Any) -> Any:
        return self.element.read_all(getattr(raw, self.name))

    def take(self, value: Any) -> Any:
        values = self.elements_of(value)
        self.check(values)
        return self.load_taken(values)

    def load_taken(self, values: list[Any]) -> list[Any]:
        """The values as reading would give them."""
        if isinstance(self.element, EnumField):
            convert, members = self.element.convert, self.element.members
            return [members[convert(value)] for value in values]
        return values

    def outdated(self, raw: Any, held: Any) -> Any:
        return SAME if list(getattr(raw, self.name)) == held else self.elements_of(held)

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        target, convert = getattr(raw, self.name), self.element.convert
        for item in value:
            try:
                target.append(convert(item))
            except TypeError:
                raise self.wrong_type(self.expected, item) from None
            except (ValueError, OverflowError) as error:
                raise self.wrong_value(out_of_range(error)) from None


class ScalarMap(HeldField):
    """A dict from text or numbers to plain values."""

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: ScalarField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.expected}"

    def load(self, raw: Any) -> Any:
        return dict(getattr(raw, self.name))

    def take(self, value: Any) -> Any:
        pairs = self.pairs_of(value)
        self.check(pairs)
        return pairs

    def outdated(self, raw: Any, held: Any) -> Any:
        return SAME if dict(getattr(raw, self.name)) == held else self.pairs_of(held)

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        target = getattr(raw, self.name)
        for name, item in value.items():
            try:
                target[self.key.convert(name)] = self.value.convert(item)
            except TypeError:
                given = f"{type(name).__name__} to {type(item).__name__}"
                raise TypeError(
                    f"{self.owner}.{self.name} takes {self.expected}, not {given}"
                ) from None
            except (ValueError, OverflowError) as error:
                raise self.wrong_value(out_of_range(error)) from None


class MessageMap(HeldField):
    """A dict from text or numbers to messages."""

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: MessageField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.descriptor.message_type.name}"

    def load(self, raw: Any) -> Any:
        child = self.value.child
        return {key: wrap(child, item) for key, item in getattr(raw, self.name).items()}

    def take(self, value: Any) -> Any:
        return {key: self.value.take(item) for key, item in self.pairs_of(value).items()}

    def outdated(self, raw: Any, held: Any) -> Any:
        old = getattr(raw, self.name)
        new = {key: self.value.take(item).__current__() for key, item in self.pairs_of(held).items()}
        same = len(new) == len(old) and all(key in old and old[key] is new[key] for key in new)
        return SAME if same else new

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        target = getattr(raw, self.name)
        for name, item in value.items():
            try:
                target[self.key.convert(name)].CopyFrom(item)
            except TypeError:
                raise self.wrong_type(f"keys of type {self.key.expected}", name) from None
            except (ValueError, OverflowError) as error:
                raise self.wrong_value(out_of_range(error)) from None


@attrs.frozen
class Converter:
    """How a well-known type becomes a Python value and back."""

    expected: str
    take: Callable[[Any], Any]
    """Check and copy what a caller gives; TypeError if it is of another type."""
    read: Callable[[Any], Any]
    fill: Callable[[Any, Any], None]
    """Write a value into an empty upb message."""


def _take_dict(value: Any) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def struct_converter() -> Converter:
    """Structs as dicts of JSON values."""
    return Converter("a dict of JSON values", _take_dict, read_struct, write_struct)


def any_converter() -> Converter:
    """Any as AnyValue; a message is packed."""
    from lkapi.message.base import Message
    from lkapi.message.wellknown import AnyValue

    def take(value: Any) -> AnyValue:
        if isinstance(value, Message):
            return AnyValue.pack(value)
        if isinstance(value, AnyValue):
            return value
        raise TypeError

    def fill(raw: Any, value: Any) -> None:
        packed = take(value)
        raw.type_url, raw.value = packed.type_url, packed.value

    return Converter("an AnyValue or a message", take, lambda r: AnyValue(r.type_url, r.value), fill)


class ConvertedField(HeldField):
    """A well-known type that has a Python value of its own."""

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=False)
        self.converter = converter
        self.expected = converter.expected

    def load(self, raw: Any) -> Any:
        return self.converter.read(getattr(raw, self.name)) if raw.HasField(self.name) else None

    def take(self, value: Any) -> Any:
        try:
            taken = self.converter.take(value)
        except TypeError:
            raise self.wrong_type(self.expected, value) from None
        self.check(taken)
        return taken

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        part = getattr(raw, self.name)
        part.SetInParent()
        self.fill(part, value)

    def fill(self, part: Any, value: Any) -> None:
        """Write one value, with errors that name the field."""
        try:
            self.converter.fill(part, value)
        except TypeError as error:
            raise TypeError(
                f"{self.owner}.{self.name} takes {error or self.expected}"
            ) from None


class ConvertedList(HeldField):
    """A list of such values."""

    def __init__(self, descriptor: Any, owner: str, converter: Converter) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.element = ConvertedField(descriptor, owner, converter)
        self.expected = f"a list, each {converter.expected}"

    def load(self, raw: Any) -> Any:
        return [self.element.converter.read(item) for item in getattr(raw, self.name)]

    def take(self, value: Any) -> Any:
        given = self.elements_of(value)
        self.check(given)
        return [self.element.converter.take(item) for item in given]

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        for item in self.elements_of(value):
            self.element.fill(getattr(raw, self.name).add(), item)
