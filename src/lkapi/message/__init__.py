"""The base classes of the generated messages and enums in ``lkapi.protocol``."""

from __future__ import annotations

from lkapi.message.abstract import accept
from lkapi.message.any_value import AnyValue
from lkapi.message.base import Message
from lkapi.message.enums import ProtoEnum
from lkapi.message.redaction import hide_personal, redacted
from lkapi.message.structs import JSONValue
from lkapi.message.times import DurationLike, SecondsAndNanos, TimestampLike
from lkapi.message.wellknown import Empty

__all__ = [
    "AnyValue",
    "DurationLike",
    "Empty",
    "JSONValue",
    "Message",
    "ProtoEnum",
    "SecondsAndNanos",
    "TimestampLike",
    "accept",
    "hide_personal",
    "redacted",
]
