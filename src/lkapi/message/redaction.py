"""The text form of messages, with secrets and, on request, personal data masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lkapi.message.abstract import AbstractMessage
from lkapi.message.fields import (
    ConvertedField,
    ConvertedList,
    EnumField,
    MessageField,
    MessageList,
    MessageMap,
    ScalarList,
    ScalarMap,
    TimeField,
)
from lkapi.message.typeguards import is_dict, is_list

if TYPE_CHECKING:
    from lkapi.message.fields import Field
    from lkapi.message.layout import Layout

__all__ = ["MASK", "hide_personal", "redacted"]

MASK: Final = "***"
Text: TypeAlias = Callable[[Any], str]


class _Personal:
    hidden = False


def hide_personal(hide: bool = True) -> None:
    """Make every ``repr`` in this process mask personal data too.

    For programs whose error reports show local variables, such as Sentry's.
    """
    _Personal.hidden = hide


def redacted(message: AbstractMessage, *, pii: bool | None = None) -> str:
    """The message as text, its secrets masked.

    ``pii`` masks personal data too: names, metadata, attributes, phone numbers. None (the default,
    used by ``repr``): only after ``hide_personal()``.
    """
    pii = _Personal.hidden if pii is None else pii
    if not message.__dict__:
        return _raw_text(message.__layout__, message.__upb__, pii=pii)
    cls = type(message)
    hidden = _hidden(cls, pii=pii)
    parts: list[str] = []
    for name, field in cls.__layout__.fields.items():
        if field.is_set(message):
            shown = repr(MASK) if name in hidden else _shown(getattr(message, name), pii=pii)
            parts.append(f"{name}={shown}")
    return f"{cls.__qualname__}({', '.join(parts)})"


def _hidden(cls: type[AbstractMessage], *, pii: bool) -> frozenset[str]:
    return frozenset((*cls.__secret__, *(cls.__pii__ if pii else ())))


def _shown(value: Any, *, pii: bool) -> str:
    if isinstance(value, AbstractMessage):
        return redacted(value, pii=pii)
    if is_list(value):
        return f"[{', '.join(_shown(item, pii=pii) for item in value)}]"
    if is_dict(value):
        pairs = (f"{key!r}: {_shown(item, pii=pii)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


# The text of a message whose values were not converted yet; the converted values are not kept.


def _raw_text(layout: Layout, raw: Any, *, pii: bool) -> str:
    texts = layout.texts.get(pii)
    if texts is None:
        texts = layout.texts[pii] = _texts_of(layout, pii=pii)
    found = [(field.name, value) for field, value in raw.ListFields()]
    if len(found) > 1:
        found.sort(key=lambda pair: texts[pair[0]][0])
    parts = [f"{name}={texts[name][1](value)}" for name, value in found]
    return f"{layout.cls.__qualname__}({', '.join(parts)})"


def _texts_of(layout: Layout, *, pii: bool) -> dict[str, tuple[int, Text]]:
    """Each field with its place in the schema, and a function from its upb value to text."""
    hidden = _hidden(layout.cls, pii=pii)
    return {
        name: (place, _masked if name in hidden else _text_of(field, pii=pii))
        for place, (name, field) in enumerate(layout.fields.items())
    }


def _masked(_: Any) -> str:
    return repr(MASK)


def _text_of(field: Field, *, pii: bool) -> Text:
    if isinstance(field, (MessageList, ScalarList, ConvertedList)):
        element = _text_of(field.element, pii=pii)
        return lambda items: f"[{', '.join(map(element, items))}]"
    if isinstance(field, (MessageMap, ScalarMap)):
        value = _text_of(field.value, pii=pii)
        return lambda items: "{" + ", ".join(f"{key!r}: {value(items[key])}" for key in items) + "}"
    if isinstance(field, MessageField):
        return lambda raw: _raw_text(field.child.__layout__, raw, pii=pii)
    if isinstance(field, EnumField):
        members = field.members
        return lambda number: repr(members[number])
    if isinstance(field, TimeField):
        return lambda raw: repr(field.convert(raw))
    if isinstance(field, ConvertedField):
        return lambda raw: repr(field.converter.read(raw))
    return repr
