"""Nested messages: single ones, lists of them, and dicts with such values.

An assigned message is kept by reference, so that later changes to it are encoded too.
"""

from __future__ import annotations

from copy import deepcopy
from operator import attrgetter, is_
from typing import TYPE_CHECKING, Any

from lkapi.message.abstract import accept, attach, new_instance, wrap, wrap_all
from lkapi.message.fields.base import UNCHANGED, CachedField, out_of_range
from lkapi.message.pool import python_class
from lkapi.message.typeguards import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lkapi.message.abstract import AbstractMessage
    from lkapi.message.fields.scalars import ScalarField

__all__ = ["MessageField", "MessageItems", "MessageList", "MessageMap"]


class MessageField(CachedField):
    """A nested message."""

    def __init__(self, descriptor: Any, owner: str, *, repeated: bool = False) -> None:
        super().__init__(descriptor, owner, repeated=repeated)
        self.expected = descriptor.message_type.name
        self.cached_child: type[AbstractMessage] | None = None

    @property
    def child(self) -> type[AbstractMessage]:
        """The class of the nested message, its attributes in place."""
        child = self.cached_child
        if child is None:
            found: type[AbstractMessage] = python_class(self.descriptor.message_type)
            child = self.cached_child = found.__layout__.cls
        return child

    def items(self, messages: Iterable[AbstractMessage]) -> MessageItems:
        """A list of such messages."""
        found = MessageItems(messages)
        found.element = self
        return found

    def load(self, raw: Any) -> Any:
        if not raw.HasField(self.name):
            return None
        found = new_instance(self.cached_child or self.child)
        attach(found, getattr(raw, self.name))
        return found

    def validate(self, value: Any) -> AbstractMessage:
        """A message of the child's class; a dict is used as its keywords, as in protobuf."""
        if is_mapping(value):
            return self.child(**value)
        return accept(self.child, value, f"{self.owner}.{self.name}")

    def pending_write(self, raw: Any, value: Any) -> Any:
        current = value.__synced__()
        return (
            UNCHANGED if raw.HasField(self.name) and current is getattr(raw, self.name) else current
        )

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        part = getattr(raw, self.name)
        part.SetInParent()
        part.CopyFrom(value)


class MessageItems(list[Any]):
    """The value of a list of messages: a list, with protobuf's ``add``; pickled as a plain one."""

    __slots__ = ("element",)

    if TYPE_CHECKING:

        def __init__(self, items: Iterable[Any] = ()) -> None:
            super().__init__(items)
            self.element: MessageField

    def add(self, **fields: Any) -> Any:
        """Append a new message with these fields, and return it."""
        item = self.element.child(**fields)
        self.append(item)
        return item

    def __copy__(self) -> MessageItems:
        return self.element.items(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> MessageItems:
        return self.element.items([deepcopy(item, memo) for item in self])

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


class MessageList(CachedField):
    """A list of messages."""

    def __init__(self, descriptor: Any, owner: str) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.element = MessageField(descriptor, owner, repeated=True)
        self.expected = f"a list of {self.element.expected}"
        self._read = attrgetter(f"__upb__.{self.name}")

    def __get__(self, message: AbstractMessage | None, owner: object = None) -> Any:
        """Like the base class, but without a call of ``load``: this is the most frequent read."""
        if message is None:
            return self
        found = MessageItems()
        element = found.element = self.element
        repeated = self._read(message)
        if repeated:
            child = element.cached_child or element.child
            found.extend(wrap_all(child, repeated[:]))
        return message.__dict__.setdefault(self.name, found)

    def load(self, raw: Any) -> Any:
        return self.element.items(wrap_all(self.element.child, getattr(raw, self.name)[:]))

    def validate(self, value: Any) -> Any:
        return self.element.items(map(self.element.validate, self.elements_of(value)))

    def pending_write(self, raw: Any, value: Any) -> Any:
        old = getattr(raw, self.name)[:]
        fresh = [self.element.validate(item).__synced__() for item in value]
        return UNCHANGED if len(fresh) == len(old) and all(map(is_, fresh, old)) else fresh

    def write(self, raw: Any, value: Any) -> None:
        raw.ClearField(self.name)
        getattr(raw, self.name).extend(value)


class MessageMap(CachedField):
    """A dict from text or numbers to messages."""

    def __init__(self, descriptor: Any, owner: str, key: ScalarField, value: MessageField) -> None:
        super().__init__(descriptor, owner, repeated=True)
        self.key, self.value = key, value
        self.expected = f"a dict of {key.expected} to {value.expected}"

    def load(self, raw: Any) -> Any:
        child, values = self.value.child, getattr(raw, self.name)
        return {key: wrap(child, values[key]) for key in values}

    def validate(self, value: Any) -> Any:
        return {key: self.value.validate(item) for key, item in self.pairs_of(value).items()}

    def pending_write(self, raw: Any, value: Any) -> Any:
        old = getattr(raw, self.name)
        fresh = {key: item.__synced__() for key, item in self.validate(value).items()}
        same = len(fresh) == len(old) and all(
            key in old and old[key] is fresh[key] for key in fresh
        )
        return UNCHANGED if same else fresh

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
