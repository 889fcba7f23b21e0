"""What the generated messages of ``lkapi.protocol`` stand on."""

from __future__ import annotations

from lkapi.message.base import Message
from lkapi.message.convert import accept
from lkapi.message.enums import ProtoEnum
from lkapi.message.redaction import hide_personal, redacted
from lkapi.message.structs import JSONValue
from lkapi.message.times import DurationLike, SecondsAndNanos, TimestampLike
from lkapi.message.wellknown import AnyValue, Empty

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
