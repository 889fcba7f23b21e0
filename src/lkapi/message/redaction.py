"""The text form of messages, with secrets and, on request, personal data masked."""

from __future__ import annotations

from typing import Any, Final

from lkapi.message.abstract import AbstractMessage
from lkapi.message.typeguards import is_dict, is_list

__all__ = ["MASK", "hide_personal", "redacted"]

MASK: Final = "***"


class _Personal:
    hidden = False


def hide_personal(hide: bool = True) -> None:
    """Make every ``repr`` in this process mask personal data too.

    For programs whose error reports show local variables, as those of Sentry do.
    """
    _Personal.hidden = hide


def redacted(message: AbstractMessage, *, pii: bool | None = None) -> str:
    """The message as text, its secrets masked.

    ``pii`` masks personal data too: names, metadata, attributes, phone numbers. None (the default,
    used by ``repr``): only after ``hide_personal()``.
    """
    cls = type(message)
    pii = _Personal.hidden if pii is None else pii
    hidden = {*cls.__secret__, *(cls.__pii__ if pii else ())}
    parts: list[str] = []
    for name, field in cls.__layout__.fields.items():
        if field.is_set(message):
            shown = repr(MASK) if name in hidden else _shown(getattr(message, name), pii=pii)
            parts.append(f"{name}={shown}")
    return f"{cls.__qualname__}({', '.join(parts)})"


def _shown(value: Any, *, pii: bool) -> str:
    if isinstance(value, AbstractMessage):
        return redacted(value, pii=pii)
    if is_list(value):
        return f"[{', '.join(_shown(item, pii=pii) for item in value)}]"
    if is_dict(value):
        pairs = (f"{key!r}: {_shown(item, pii=pii)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)
