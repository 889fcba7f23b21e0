"""The kinds of fields that a message class can have; ``layout.py`` chooses one per field."""

from __future__ import annotations

from lkapi.message.fields.base import UNCHANGED, CachedField, Field
from lkapi.message.fields.converted import CONVERTERS, ConvertedField, ConvertedList
from lkapi.message.fields.messages import MessageField, MessageList, MessageMap
from lkapi.message.fields.scalars import EnumField, ScalarField, ScalarList, ScalarMap
from lkapi.message.fields.times import TimeField

__all__ = [
    "CONVERTERS",
    "UNCHANGED",
    "CachedField",
    "ConvertedField",
    "ConvertedList",
    "EnumField",
    "Field",
    "MessageField",
    "MessageList",
    "MessageMap",
    "ScalarField",
    "ScalarList",
    "ScalarMap",
    "TimeField",
]
