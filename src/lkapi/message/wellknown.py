"""Google's own message types that are messages in Python too; the schema uses only Empty.

Timestamp, Duration, Struct and Any become Python values: see ``times``, ``structs``, ``any_value``.
"""

from __future__ import annotations

from lkapi.message.base import Message

__all__ = ["Empty"]


class Empty(Message):
    """A message without fields: the response of methods that return nothing."""

    __proto__ = "google.protobuf.Empty"
