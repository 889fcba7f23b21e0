"""Reprs of messages that keep secrets to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.message.guards import is_dict, is_list

if TYPE_CHECKING:
    from lkapi.message.base import Message

__all__ = ["MASK", "redacted"]

MASK: Final = "***"


def redacted(message: Message, *, pii: bool = False) -> str:
    """The message as text, its secrets masked.

    ``pii`` masks also what belongs to a person: names, metadata, attributes, phone numbers.
    """
    cls = type(message)
    hidden = {*cls.__secret__, *(cls.__pii__ if pii else ())}
    parts: list[str] = []
    for name, field in cls.__layout__.fields.items():
        if field.is_set(message):
            shown = repr(MASK) if name in hidden else _shown(getattr(message, name), pii=pii)
            parts.append(f"{name}={shown}")
    return f"{cls.__qualname__}({', '.join(parts)})"


def _shown(value: Any, *, pii: bool) -> str:
    from lkapi.message.base import Message

    if isinstance(value, Message):
        return redacted(value, pii=pii)
    if is_list(value):
        return f"[{', '.join(_shown(item, pii=pii) for item in value)}]"
    if is_dict(value):
        pairs = (f"{key!r}: {_shown(item, pii=pii)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)
