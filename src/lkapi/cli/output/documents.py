"""Results as JSON: protojson with every field, so that scripts find the same keys each time."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import Any, cast

__all__ = ["as_json", "document", "line"]


def as_json(value: Any) -> Any:
    """The JSON value of a message, of a value of the Analytics API, or of lists of them."""
    if hasattr(value, "__layout__"):
        return value.to_dict(emit_defaults=True)
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in cast("dict[str, Any]", value).items()}
    fields: Any = getattr(value, "__attrs_attrs__", None)
    if fields is not None:
        return {field.name: as_json(getattr(value, field.name)) for field in fields}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def document(value: Any) -> str:
    """One document, indented."""
    return json.dumps(as_json(value), indent=2, ensure_ascii=False)


def line(value: Any) -> str:
    """One line."""
    return json.dumps(as_json(value), ensure_ascii=False)
