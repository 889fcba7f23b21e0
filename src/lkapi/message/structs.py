"""Struct fields as dicts of JSON values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from lkapi.message.guards import is_dict, is_list

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JSONValue", "read_struct", "write_struct"]

JSONValue: TypeAlias = "bool | float | str | list[JSONValue] | dict[str, JSONValue] | None"
"""A value inside a Struct field. Its numbers are floats."""


def _read_value(raw: Any) -> JSONValue:
    kind = raw.WhichOneof("kind")
    if kind == "struct_value":
        return read_struct(raw.struct_value)
    if kind == "list_value":
        return [_read_value(item) for item in raw.list_value.values]
    if kind is None or kind == "null_value":
        return None
    value: JSONValue = getattr(raw, kind)
    return value


def read_struct(raw: Any) -> dict[str, JSONValue]:
    """A wire Struct as a dict."""
    return {key: _read_value(value) for key, value in raw.fields.items()}


def _write_value(raw: Any, value: Any) -> None:
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
        write_struct(raw.struct_value, value)
    elif is_list(value):
        raw.list_value.SetInParent()
        for item in value:
            _write_value(raw.list_value.values.add(), item)
    else:
        raise TypeError(f"JSON value, not {type(value).__name__}")


def write_struct(raw: Any, value: Mapping[Any, Any]) -> None:
    """Put a dict of JSON values into a wire Struct."""
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"keys of type str, not {type(key).__name__}")
        _write_value(raw.fields[key], item)
