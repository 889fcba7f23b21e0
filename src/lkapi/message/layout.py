"""What is known of the fields of one message class, worked out when the class is first used."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from lkapi.message.fields import EnumField, Field, ScalarField, TimeField
from lkapi.message.held import (
    ConvertedField,
    ConvertedList,
    HeldField,
    MessageField,
    MessageList,
    MessageMap,
    ScalarList,
    ScalarMap,
    any_converter,
    struct_converter,
)
from lkapi.message.pool import find_message, message_class

if TYPE_CHECKING:
    from lkapi.message.base import Message

__all__ = ["Layout", "LazyLayout"]

_MESSAGE: Final = 11
_ENUM: Final = 14
_REPEATED: Final = 3
_CONVERTERS: Final = {
    "google.protobuf.Struct": struct_converter,
    "google.protobuf.Any": any_converter,
}
_TIMES: Final = ("google.protobuf.Timestamp", "google.protobuf.Duration")


def is_repeated(descriptor: Any) -> bool:
    """Whether a field is a list or map; ``label`` is deprecated where ``is_repeated`` exists."""
    known = getattr(descriptor, "is_repeated", None)
    return bool(descriptor.label == _REPEATED if known is None else known)


def _is_map(descriptor: Any) -> bool:
    entry = descriptor.message_type
    return entry.containing_type is descriptor.containing_type and entry.has_options


def _scalar(descriptor: Any, owner: str, *, repeated: bool = False) -> ScalarField:
    kind = EnumField if descriptor.type == _ENUM else ScalarField
    return kind(descriptor, owner, repeated=repeated)


def _map(descriptor: Any, owner: str) -> Field:
    entry = descriptor.message_type.fields_by_name
    key = _scalar(entry["key"], owner)
    if entry["value"].type == _MESSAGE:
        value = MessageField(entry["value"], owner, repeated=False)
        return MessageMap(descriptor, owner, key, value)
    return ScalarMap(descriptor, owner, key, _scalar(entry["value"], owner))


def make_field(descriptor: Any, owner: str) -> Field:
    """The field of ours for a field descriptor."""
    repeated = is_repeated(descriptor)
    if descriptor.type != _MESSAGE:
        scalar = _scalar(descriptor, owner, repeated=repeated)
        return ScalarList(scalar) if repeated else scalar
    if repeated and _is_map(descriptor):
        return _map(descriptor, owner)
    name = descriptor.message_type.full_name
    if name in _CONVERTERS:
        kind = ConvertedList if repeated else ConvertedField
        return kind(descriptor, owner, _CONVERTERS[name]())
    if name in _TIMES and not repeated:
        return TimeField(descriptor, owner, repeated=False)
    return (MessageList if repeated else MessageField)(descriptor, owner, repeated=repeated)


class Layout:
    """The fields of one message class, and its upb class."""

    def __init__(self, cls: type[Message]) -> None:
        descriptor = find_message(cls.__proto__)
        self.descriptor = descriptor
        self.raw_class: Any = message_class(descriptor)
        self.fields: dict[str, Field] = {
            field.name: make_field(field, cls.__qualname__) for field in descriptor.fields
        }
        self.writers: dict[Any, Any] | None = None
        """The table of the JSON writer, made by it."""
        self.readers: dict[Any, Any] | None = None
        """The table of the JSON reader, made by it."""
        self.oneofs: dict[str, tuple[str, ...]] = {}
        for field in self.fields.values():
            if field.oneof:
                self.oneofs[field.oneof] = (*self.oneofs.get(field.oneof, ()), field.name)
        for members in self.oneofs.values():
            for name in members:
                self.fields[name].siblings = tuple(m for m in members if m != name)
        self.held: dict[str, HeldField] = {
            name: field for name, field in self.fields.items() if isinstance(field, HeldField)
        }


def nearest(name: str, names: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for a name that resembles one of ``names``, else nothing."""
    found = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


class LazyLayout:
    """Builds the layout of a class when first asked, and the attributes of its instances."""

    def __get__(self, message: Message | None, owner: type[Message]) -> Layout:
        cls = next((c for c in owner.__mro__ if "__proto__" in c.__dict__), None)
        if cls is None:
            raise TypeError(f"{owner.__qualname__} is no message of the schema")
        layout = Layout(cls)
        for name, field in layout.fields.items():
            if name not in cls.__dict__:
                setattr(cls, name, field.accessor())
        cls.__layout__ = layout
        return layout
