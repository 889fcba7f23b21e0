"""Messages as pydantic fields and FastAPI response models; loaded only when pydantic needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic_core import core_schema

from lkapi.errors import DecodeError
from lkapi.message.abstract import accept
from lkapi.message.fields import (
    ConvertedField,
    ConvertedList,
    EnumField,
    Field,
    MessageField,
    MessageList,
    ScalarField,
    ScalarList,
    TimeField,
)
from lkapi.message.typeguards import is_mapping

if TYPE_CHECKING:
    from lkapi.message.abstract import AbstractMessage

__all__ = ["core_schema_of", "json_schema_of"]

_INT64: Final = (3, 4, 6, 16, 18)
_NAMES: Final = {"str": "string", "bytes": "string", "bool": "boolean", "float": "number"}


def core_schema_of(cls: type[AbstractMessage]) -> Any:
    """The pydantic schema: validates a message or a ProtoJSON object, serializes to ProtoJSON."""

    def validate(value: Any) -> AbstractMessage:
        try:
            return cls.from_dict(value) if is_mapping(value) else accept(cls, value)
        except (DecodeError, TypeError) as error:
            raise ValueError(str(error)) from None

    return core_schema.no_info_plain_validator_function(
        validate,
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda message: message.to_dict(), when_used="json"
        ),
    )


def json_schema_of(cls: type[AbstractMessage]) -> dict[str, Any]:
    """The JSON schema of a message; nested messages appear by name only."""
    fields = cls.__layout__.fields.values()
    return {
        "type": "object",
        "title": cls.__name__,
        "properties": {field.json: _schema(field) for field in fields},
    }


def _schema(field: Field) -> dict[str, Any]:
    if isinstance(field, ScalarList):
        return {"type": "array", "items": _scalar(field.element)}
    if isinstance(field, MessageList | ConvertedList):
        return {"type": "array", "items": _schema(field.element)}
    if isinstance(field, MessageField):
        return {"type": "object", "title": field.child.__name__}
    if isinstance(field, TimeField):
        return {"type": "string", "format": "date-time"} if field.is_timestamp else _DURATION
    if isinstance(field, ScalarField):
        return _scalar(field)
    assert isinstance(field, ConvertedField) or field.repeated
    return {"type": "object"}


_DURATION: Final[dict[str, Any]] = {"type": "string", "examples": ["1.5s"]}


def _scalar(field: ScalarField) -> dict[str, Any]:
    if isinstance(field, EnumField):
        return {"type": "string", "enum": [member.name for member in field.enum]}
    if field.type in _INT64:
        return {"type": "string", "format": "int64"}
    return {"type": _NAMES.get(field.expected, "integer")}
