"""Timestamp and Duration fields as datetime and timedelta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.message.fields.base import Field
from lkapi.message.times import (
    duration_from_wire,
    duration_parts,
    timestamp_from_wire,
    timestamp_parts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.message.abstract import AbstractMessage

__all__ = ["TimeField"]


class TimeField(Field):
    """A Timestamp or Duration."""

    def __init__(self, descriptor: Any, owner: str) -> None:
        super().__init__(descriptor, owner)
        self.is_timestamp: bool = descriptor.message_type.name == "Timestamp"
        self.read: Callable[[Any], Any] = duration_from_wire
        self.parts: Callable[[Any], tuple[int, int]] = duration_parts
        if self.is_timestamp:
            self.read, self.parts = timestamp_from_wire, timestamp_parts

    def accessor(self) -> object:
        """A property that makes a datetime or timedelta."""
        return property(self.value_in)

    def value_in(self, message: AbstractMessage) -> Any:
        """The datetime or timedelta, None if unset."""
        raw = message.__upb__
        return self.convert(getattr(raw, self.name)) if raw.HasField(self.name) else None

    def convert(self, part: Any) -> Any:
        """The datetime or timedelta of a upb message."""
        try:
            return self.read(part)
        except OverflowError:
            raise self.wrong_value("outside the range of Python's times") from None

    def assign(self, message: AbstractMessage, value: Any) -> None:
        """Write it, unless the current value is equal to the microsecond: that keeps the nanos."""
        raw = message.__upb__
        if value is None:
            raw.ClearField(self.name)
            return
        try:
            seconds, nanos = self.parts(value)
            if raw.HasField(self.name) and self._equals(getattr(raw, self.name), value):
                return
            part = type(getattr(raw, self.name))(seconds=seconds, nanos=nanos)
        except TypeError as error:
            raise self.wrong_type(str(error), value) from None
        except (ValueError, OverflowError) as error:
            raise self.wrong_value(error) from None
        raw.ClearField(self.name)
        getattr(raw, self.name).SetInParent()
        getattr(raw, self.name).CopyFrom(part)

    def _equals(self, part: Any, value: Any) -> bool:
        """Whether a value of the upb message, cut to microseconds, equals the one given."""
        try:
            return bool(self.read(part) == value)
        except OverflowError:
            return False
