"""Google's own message types that have no shape of Python to take: Empty and Any."""

from __future__ import annotations

from typing import TypeVar

import attrs

from lkapi.message.base import Message

__all__ = ["AnyValue", "Empty"]

M = TypeVar("M", bound=Message)


class Empty(Message):
    """A message without fields: the answer of calls that have nothing to say."""

    __proto__ = "google.protobuf.Empty"


@attrs.frozen
class AnyValue:
    """A message of any type, kept as its bytes until somebody asks for a type."""

    type_url: str
    """``type.googleapis.com/livekit.Room``"""
    value: bytes = b""

    @classmethod
    def pack(cls, message: Message) -> AnyValue:
        """Wrap a message under its usual type url."""
        return cls(f"type.googleapis.com/{message.__proto__}", message.to_bytes())

    def unpack(self, cls: type[M]) -> M:
        """The message inside, TypeError if it is of another type."""
        name = self.type_url.rpartition("/")[2]
        if name != cls.__proto__:
            raise TypeError(f"the value holds {name or 'nothing'}, not {cls.__proto__}")
        return cls.from_bytes(self.value)
