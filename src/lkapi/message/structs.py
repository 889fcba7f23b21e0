"""Struct fields as dicts of JSON values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lkapi.message.typeguards import is_dict, is_list

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JSONValue", "NestingError", "struct_from_wire", "struct_to_wire"]

MAX_DEPTH: Final = 25
"""Levels of nested dicts and lists; each takes up to three of the hundred that protobuf decodes."""

JSONValue: TypeAlias = "bool | float | str | list[JSONValue] | dict[str, JSONValue] | None"
"""A value inside a Struct field. Its numbers are floats."""


class NestingError(ValueError):
    """A Struct nested more deeply than protobuf decodes."""

    def __init__(self) -> None:
        super().__init__(f"dicts and lists are nested more than {MAX_DEPTH} deep")


def _read_value(raw: Any) -> JSONValue:
    kind = raw.WhichOneof("kind")
    if kind == "struct_value":
        return struct_from_wire(raw.struct_value)
    if kind == "list_value":
        return [_read_value(item) for item in raw.list_value.values]
    if kind is None or kind == "null_value":
        return None
    value: JSONValue = getattr(raw, kind)
    return value


def struct_from_wire(raw: Any) -> dict[str, JSONValue]:
    """A wire Struct as a dict."""
    return {key: _read_value(value) for key, value in raw.fields.items()}


def _write_value(raw: Any, value: Any, depth: int) -> None:
    if value is None:
        raw.null_value = 0
    elif isinstance(value, bool):
        raw.bool_value = value
    elif isinstance(value, str):
        raw.string_value = value
    elif isinstance(value, int | float | Decimal):
        raw.number_value = value
    elif is_dict(value):
        raw.struct_value.SetInParent()
        struct_to_wire(raw.struct_value, value, depth - 1)
    elif is_list(value):
        raw.list_value.SetInParent()
        _write_list(raw.list_value.values, value, depth - 1)
    else:
        raise TypeError(f"JSON values, not {type(value).__name__}")


def _write_list(raw: Any, values: list[Any], depth: int) -> None:
    if depth < 0:
        raise NestingError
    for item in values:
        _write_value(raw.add(), item, depth)


def struct_to_wire(raw: Any, value: Mapping[Any, Any], depth: int = MAX_DEPTH) -> None:
    """Put a dict of JSON values into a wire Struct.

    The text of a TypeError is what would be accepted.
    """
    if depth < 0:
        raise NestingError
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"keys of type str, not {type(key).__name__}")
        _write_value(raw.fields[key], item, depth)
