"""The layout of a message class: its fields and oneofs, built when the class is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi._words import nearest
from lkapi.message.fields import (
    CONVERTERS,
    CachedField,
    ConvertedField,
    ConvertedList,
    EnumField,
    Field,
    MessageField,
    MessageList,
    MessageMap,
    ScalarField,
    ScalarList,
    ScalarMap,
    TimeField,
)
from lkapi.message.pool import BUILD_LOCK, find_message, upb_class

if TYPE_CHECKING:
    from lkapi.message.abstract import AbstractMessage

__all__ = ["Layout", "LazyLayout", "is_repeated"]

_MESSAGE: Final = 11
_ENUM: Final = 14
_REPEATED: Final = 3
_TIMES: Final = ("google.protobuf.Timestamp", "google.protobuf.Duration")


def is_repeated(descriptor: Any) -> bool:
    """Whether a field is a list or map; older versions of protobuf have only ``label``."""
    known = getattr(descriptor, "is_repeated", None)
    return bool(descriptor.label == _REPEATED if known is None else known)


def _is_map(descriptor: Any) -> bool:
    """Entries of maps are the only nested messages with options in the shipped schema."""
    entry = descriptor.message_type
    return entry.containing_type is descriptor.containing_type and entry.has_options


def _scalar(descriptor: Any, owner: str, *, repeated: bool = False) -> ScalarField:
    kind = EnumField if descriptor.type == _ENUM else ScalarField
    return kind(descriptor, owner, repeated=repeated)


def _map(descriptor: Any, owner: str) -> Field:
    entry = descriptor.message_type.fields_by_name
    key, value = _scalar(entry["key"], owner), entry["value"]
    if value.type == _MESSAGE:
        return MessageMap(descriptor, owner, key, MessageField(value, owner))
    return ScalarMap(descriptor, owner, key, _scalar(value, owner))


def _list(descriptor: Any, owner: str) -> Field:
    if descriptor.type != _MESSAGE:
        return ScalarList(_scalar(descriptor, owner, repeated=True))
    if _is_map(descriptor):
        return _map(descriptor, owner)
    converter = CONVERTERS.get(descriptor.message_type.full_name)
    if converter:
        return ConvertedList(descriptor, owner, converter)
    return MessageList(descriptor, owner)


def make_field(descriptor: Any, owner: str) -> Field:
    """The field object for a field descriptor."""
    if is_repeated(descriptor):
        return _list(descriptor, owner)
    if descriptor.type != _MESSAGE:
        return _scalar(descriptor, owner)
    name = descriptor.message_type.full_name
    if name in _TIMES:
        return TimeField(descriptor, owner)
    if name in CONVERTERS:
        return ConvertedField(descriptor, owner, CONVERTERS[name])
    return MessageField(descriptor, owner)


class Layout:
    """The fields of one message class, and its upb class."""

    def __init__(self, cls: type[AbstractMessage]) -> None:
        self.cls = cls
        self.descriptor = find_message(cls.__proto__)
        self.raw_class: Any = upb_class(self.descriptor)
        self.fields: dict[str, Field] = {
            field.name: make_field(field, cls.__qualname__) for field in self.descriptor.fields
        }
        self.cached: dict[str, CachedField] = {
            name: field for name, field in self.fields.items() if isinstance(field, CachedField)
        }
        self.oneofs: dict[str, tuple[str, ...]] = {}
        for field in self.fields.values():
            if field.oneof:
                self.oneofs[field.oneof] = (*self.oneofs.get(field.oneof, ()), field.name)
        for members in self.oneofs.values():
            for name in members:
                self.fields[name].siblings = tuple(m for m in members if m != name)
        self.writers: dict[Any, Any] | None = None
        """The table of ``protojson.writing``, built on its first use."""
        self.readers: dict[Any, Any] | None = None
        """The table of ``protojson.reading``, built on its first use."""
        self.texts: dict[bool, dict[str, Any]] = {}
        """The tables of ``redaction``, built on first use; by whether personal data is masked."""

    def unknown_field_text(self, name: str) -> str:
        """The error text for a field that does not exist, with the nearest one that does."""
        return f"{self.cls.__qualname__} has no field {name!r}{nearest(name, self.fields)}"

    def positional_args_text(self) -> str:
        """The error text for positional arguments, with the first field as an example."""
        name = self.cls.__qualname__
        if not self.fields:
            return f"{name} takes no arguments: it has no fields"
        first = next(iter(self.fields))
        return f"{name} takes keywords only: {name}({first}=...), for example"


class LazyLayout:
    """Builds the layout of a class on first access, and with it the attributes of instances."""

    def __get__(self, message: AbstractMessage | None, owner: type[AbstractMessage]) -> Layout:
        cls: Any = next((c for c in owner.__mro__ if "__proto__" in c.__dict__), None)
        if cls is None:
            raise TypeError(
                f"{owner.__qualname__} is not a message of the schema: use one of its classes"
            )
        with BUILD_LOCK:
            found = cls.__dict__.get("__layout__")
            if isinstance(found, Layout):  # another thread was faster
                return found
            layout = Layout(cls)
            for name, field in layout.fields.items():
                setattr(cls, name, field.accessor())
            cls.__layout__ = layout
        return layout
