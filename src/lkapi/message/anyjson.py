"""The JSON form of google.protobuf.Any: the fields of the message inside, and its type url."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lkapi.message.pool import find_message, locate

if TYPE_CHECKING:
    from lkapi.message.layout import Layout

__all__ = ["read_any", "write_any"]


def _layout_of(url: str) -> Layout:
    name = url.rpartition("/")[2]
    try:
        layout: Layout = locate(find_message(name)).__layout__
    except (KeyError, AttributeError):
        raise ValueError(f"the type {name!r} inside an Any is not known") from None
    return layout


def write_any(raw: Any, write: Callable[[Layout, Any], dict[str, Any]]) -> dict[str, Any]:
    """The object with ``@type``; ValueError for types that are not LiveKit's."""
    if not raw.type_url and not raw.value:
        return {}
    layout = _layout_of(raw.type_url)
    return {"@type": raw.type_url, **write(layout, layout.raw_class.FromString(raw.value))}


def read_any(value: Any, read: Callable[[Layout, Any], Any]) -> dict[str, Any]:
    """The parts of an Any from its object; ValueError for types that are not LiveKit's."""
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, not {type(value).__name__}")
    if not value:
        return {}
    url = value.get("@type")
    if not isinstance(url, str):
        raise ValueError("an Any needs its @type")
    inner = {key: item for key, item in value.items() if key != "@type"}
    return {"type_url": url, "value": read(_layout_of(url), inner).SerializeToString()}
