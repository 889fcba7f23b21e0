"""Writing the values of a world into a snapshot, and reading them; errors name their place.

Messages are written as base64 of their bytes, which keeps fields that this version does not know;
bytes are written likewise; a time that never comes is written as null.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, ClassVar, TypeVar

from lkapi.devserver.snapshots.json_value import JsonValue
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


class Saved(JsonValue):
    """A value in a snapshot, and its place there."""

    error_type: ClassVar[type[SettingsError]] = SnapshotError

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
            raise self.error(f"is not a {kind.__name__}") from None

    def maybe_message(self, kind: type[M]) -> M | None:
        """A message or None."""
        return None if self.missing else self.message(kind)

    def messages(self, kind: type[M]) -> list[M]:
        """A list of messages."""
        return [item.message(kind) for item in self.items()]
