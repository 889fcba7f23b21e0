"""How the values of a world are written into a snapshot, and read back with their place named.

Messages are written as base64 of their bytes, which keeps fields that this version does not know;
bytes likewise; a time that never comes as null.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lkapi.errors import DecodeError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lkapi.message import Message

    M = TypeVar("M", bound=Message)

__all__ = ["Saved", "SnapshotError", "write_bytes", "write_message", "write_messages", "write_time"]


class SnapshotError(SettingsError):
    """A snapshot cannot be used; the text names the file and the place in it."""


def write_bytes(data: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(data).decode("ascii")


def write_message(message: Message | None) -> str | None:
    """A message as text; None stays None."""
    return None if message is None else write_bytes(message.to_bytes())


def write_messages(messages: Iterable[Message]) -> list[str]:
    """Messages as texts."""
    return [write_bytes(message.to_bytes()) for message in messages]


def write_time(seconds: float | None) -> float | None:
    """A time or a number of seconds; None for one that never comes."""
    return None if seconds is None or math.isinf(seconds) else seconds


class Saved:
    """A value out of a snapshot, and where it stands there."""

    def __init__(self, value: object, where: str) -> None:
        self.value: Any = value
        self.where = where

    def error(self, text: str) -> SnapshotError:
        """An error about this value."""
        return SnapshotError(f"{self.where}: {text}")

    def at(self, name: str) -> Saved:
        """A member of an object.

        Raises:
            SnapshotError: there is none of the name.
        """
        members = self._expect(dict, "an object")
        if name not in members:
            raise self.error(f"{name!r} is missing")
        return Saved(members[name], f"{self.where}.{name}")

    def members(self) -> dict[str, Saved]:
        """The members of an object."""
        members = cast("dict[str, object]", self._expect(dict, "an object"))
        return {name: Saved(value, f"{self.where}.{name}") for name, value in members.items()}

    def items(self) -> list[Saved]:
        """The items of a list."""
        items = cast("list[object]", self._expect(list, "a list"))
        return [Saved(item, f"{self.where}[{index}]") for index, item in enumerate(items)]

    @property
    def missing(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def text(self) -> str:
        """A text."""
        return cast("str", self._expect(str, "text"))

    def texts(self) -> list[str]:
        """A list of texts."""
        return [item.text() for item in self.items()]

    def pairs(self) -> dict[str, str]:
        """An object of texts."""
        return {name: item.text() for name, item in self.members().items()}

    def flag(self) -> bool:
        """True or false."""
        return cast("bool", self._expect(bool, "true or false"))

    def integer(self) -> int:
        """A whole number."""
        if type(self.value) is not int:
            raise self.error("must be a whole number")
        return self.value

    def number(self) -> float:
        """A number."""
        if type(self.value) not in (int, float):
            raise self.error("must be a number")
        return float(self.value)

    def time(self) -> float:
        """A time; infinite when it never comes."""
        return math.inf if self.missing else self.number()

    def maybe_number(self) -> float | None:
        """A number or None."""
        return None if self.missing else self.number()

    def content(self) -> bytes:
        """Bytes."""
        try:
            return base64.b64decode(self.text(), validate=True)
        except (binascii.Error, ValueError):
            raise self.error("is not base64") from None

    def message(self, kind: type[M]) -> M:
        """A message."""
        try:
            return kind.from_bytes(self.content())
        except DecodeError:
            raise self.error(f"is no {kind.__name__}") from None

    def maybe_message(self, kind: type[M]) -> M | None:
        """A message or None."""
        return None if self.missing else self.message(kind)

    def messages(self, kind: type[M]) -> list[M]:
        """A list of messages."""
        return [item.message(kind) for item in self.items()]

    def _expect(self, kind: type, named: str) -> Any:
        if type(self.value) is not kind:
            raise self.error(f"must be {named}")
        return self.value
