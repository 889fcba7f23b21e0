"""Values that can be changed in place: the common part, and messages with their lists and maps.

A value is converted when first read and held in the instance's dict. Encoding asks ``outdated``
what differs from the upb message and lets ``write`` put it into a copy. Messages are kept by
reference; lists and dicts that a caller gives are copied.
"""

from __future__ import annotations

import abc
from operator import is_
from typing import TYPE_CHECKING, Any

from lkapi.message._fields import SAME, Field, ScalarField, out_of_range
from lkapi.message.convert import accept, attach, new, wrap
from lkapi.message.guards import is_iterable, is_mapping
from lkapi.message.pool import locate

if TYPE_CHECKING:
    from lkapi.message.base import Message

__all__ = ["HeldField", "MessageField", "MessageList", "MessageMap"]


class HeldField(Field):
    """A value that can be changed in place."""

    expected = "a list"
    by_reference = True
    """Whether what is assigned is kept itself, or written into the upb message at once."""

    def accessor(self) -> object:
        """The field itself: a descriptor that steps aside once its value is held."""
        return self

    def __get__(self, message: Message | None, owner: object = None) -> Any:
        if message is None:
            return self
        value = self.load(message.__upb__)
        return value if value is None else message.__dict__.setdefault(self.name, value)

    @abc.abstractmethod
    def load(self, raw: Any) -> Any:
        """Convert the value of a upb message; None if it is unset."""

    @abc.abstractmethod
    def take(self, value: Any) -> Any:
        """Convert what a caller gives to what is kept."""

    def outdated(self, raw: Any, held: Any) -> Any:
        """What has to be written into the upb message for a held value, or ``SAME``."""
        return SAME if self.load(raw) == held else self.take(held)

    @abc.abstractmethod
    def write(self, raw: Any, value: Any) -> None:
        """Write what ``outdated`` gave into a upb message."""

    def assign(self, message: Message, value: Any) -> None:
        """Keep a value, or unset the field for None."""
        if value is None:
            self.unset(message)
            return
        taken = self.take(value)
        if self.by_reference:
            message.__dict__[self.name] = taken
        else:
            self._write_through(message, taken)

    def unset(self, message: Message) -> None:
        """Forget the value; a list or map takes an empty one instead."""
        if not self.presence:
            raise self.wrong_type(self.expected, None)
        message.__dict__.pop(self.name, None)
        message.__upb__.ClearField(self.name)

    def _write_through(self, message: Message, value: Any) -> None:
        raw = message.__upb__
        scratch = type(raw)()
        self.write(scratch, value)
        raw.ClearField(self.name)
        raw.MergeFrom(scratch)
        message.__dict__.pop(self.name, None)

    def is_set(self, message: Message) -> bool:
        """Whether it is set, or for a list or map, has something in it."""
        if self.name in message.__dict__:
            return self.presence or bool(message.__dict__[self.name])
        return super().is_set(message)

    def elements_of(self, value: Any) -> list[Any]:
        """The elements of what was given for a list."""
        if not is_iterable(value):
            raise self.wrong_type(self.expected, value)
        return list(value)

    def pairs_of(self, value: Any) -> dict[Any, Any]:
        """The pairs of what was given for a map."""
        if not is_mapping(value):
            raise self.wrong_type(self.expected, value)
        return dict(value)


class MessageField(HeldField):
    """A nested message."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.expected = descriptor.message_type.name
        self._child: type[Message] | None = None

    @property
    def child(self) -> type[Message]:
        """The class of the nested message, its attributes in place."""
        child = self._child
        if child is None:
            found: type[Message] = locate(self.descriptor.message_type)
            child = self._child = found.__layout__.cls
        return child

    def load(self, raw: Any) -> Any:
        if not raw.HasField(self.name):
            return None
        found = new(self._child or self.child)
        attach(found, getattr(raw, self.name))
        return found

    def take(self, value: Any) -> Message:
        """A message of the child's class; a dict gives its keywords, as in protobuf."""
        if is_mapping(value):
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

    def __init__(self, descriptor: Any, owner: str) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.element = MessageField(descriptor, owner, repeated=True)
        self.expected = f"a list of {self.element.expected}"

    def load(self, raw: Any) -> Any:
        found: list[Any] = []
        items = getattr(raw, self.name)[:]
        if items:
            child = self.element.child
            for item in items:
                one = new(child)
                attach(one, item)
                found.append(one)
        return found

    def take(self, value: Any) -> Any:
        return [self.element.take(item) for item in self.elements_of(value)]

    def outdated(self, raw: Any, held: Any) -> Any:
        old = getattr(raw, self.name)[:]
        fresh = [item.__current__() for item in self.take(held)]
        return SAME if len(fresh) == len(old) and all(map(is_, fresh, old)) else fresh

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        getattr(raw, self.name).extend(value)


class MessageMap(HeldField):
    """A dict from text or numbers to messages."""

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: MessageField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.expected}"

    def load(self, raw: Any) -> Any:
        child = self.value.child
        return {key: wrap(child, item) for key, item in getattr(raw, self.name).items()}

    def take(self, value: Any) -> Any:
        return {key: self.value.take(item) for key, item in self.pairs_of(value).items()}

    def outdated(self, raw: Any, held: Any) -> Any:
        old = getattr(raw, self.name)
        fresh = {key: item.__current__() for key, item in self.take(held).items()}
        same = len(fresh) == len(old) and all(
            key in old and old[key] is fresh[key] for key in fresh
        )
        return SAME if same else fresh

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        target = getattr(raw, self.name)
        name: object = None
        try:
            for name, item in value.items():
                target[self.key.convert(name)].CopyFrom(item)
        except TypeError:
            raise self.wrong_type(f"keys of type {self.key.expected}", name) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(out_of_range(error, self.key.type)) from None
