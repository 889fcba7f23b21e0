"""The value of ``google.protobuf.Any`` fields."""

from __future__ import annotations

from typing import TypeVar

import attrs

from lkapi.message.abstract import AbstractMessage

__all__ = ["AnyValue"]

M = TypeVar("M", bound=AbstractMessage)


@attrs.frozen
class AnyValue:
    """A message of any type, kept as its bytes until ``unpack`` is called with the type."""

    type_url: str
    """``type.googleapis.com/livekit.Room``"""
    value: bytes = b""

    @classmethod
    def pack(cls, message: AbstractMessage) -> AnyValue:
        """Wrap a message under its usual type url."""
        return cls(f"type.googleapis.com/{message.__proto__}", message.to_bytes())

    def unpack(self, cls: type[M]) -> M:
        """The message inside; TypeError if it is of another type."""
        name = self.type_url.rpartition("/")[2]
        if name != cls.__proto__:
            raise TypeError(f"the value holds {name or 'nothing'}, not {cls.__proto__}")
        return cls.from_bytes(self.value)
