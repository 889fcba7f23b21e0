"""Signatures of the generated constructors for ``help()`` and ``inspect``."""

from __future__ import annotations

import datetime as dt
import inspect
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final

from lkapi.message.fields import (
    ConvertedField,
    ConvertedList,
    EnumField,
    Field,
    MessageField,
    MessageList,
    MessageMap,
    ScalarField,
    ScalarList,
    ScalarMap,
    TimeField,
)

if TYPE_CHECKING:
    from lkapi.message.abstract import AbstractMessage

__all__ = ["LazySignature"]

_TYPES: Final[dict[str, type]] = {
    "str": str,
    "bytes": bytes,
    "bool": bool,
    "float": float,
    "int": int,
}


class LazySignature:
    """The fields of a class as keyword parameters, built on each access."""

    def __get__(
        self, message: AbstractMessage | None, owner: type[AbstractMessage]
    ) -> inspect.Signature:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=_default(field),
                    annotation=_annotation(field),
                )
                for name, field in owner.__layout__.fields.items()
            ]
        )


def _default(field: Field) -> Any:
    if field.presence:
        return None
    if isinstance(field, EnumField):
        return field.members[0]
    if isinstance(field, ScalarMap | MessageMap):
        return {}
    return () if field.repeated else field.descriptor.default_value


def _annotation(field: Field) -> Any:
    if isinstance(field, ScalarMap):
        return GenericAlias(dict, (_plain(field.key), _plain(field.value)))
    if isinstance(field, MessageMap):
        return GenericAlias(dict, (_plain(field.key), field.value.child))
    if isinstance(field, ScalarList | MessageList | ConvertedList):
        return GenericAlias(list, (_plain(field.element),))
    plain = _plain(field)
    return plain | None if field.presence else plain


def _plain(field: Field) -> Any:
    if isinstance(field, EnumField):
        return field.enum
    if isinstance(field, ScalarField):
        return _TYPES[field.expected]
    if isinstance(field, MessageField):
        return field.child
    if isinstance(field, TimeField):
        return dt.datetime if field.is_timestamp else dt.timedelta
    assert isinstance(field, ConvertedField)
    return field.converter.annotation
