"""The inputs of a form, made from the fields of a message."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.message import Message
from lkapi.message.fields import (
    EnumField,
    Field,
    MessageField,
    ScalarField,
    ScalarList,
    ScalarMap,
    TimeField,
)
from lkapi.message.typeguards import is_list
from lkapi.presentation.enum_names import short_name, short_names
from lkapi.presentation.filling import UNITS
from lkapi.presentation.texts import show_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Input", "field_at", "input_for", "text_of", "value_at"]

LONG_TEXTS: Final = frozenset({"metadata", "data", "payload", "body"})


@attrs.frozen(kw_only=True)
class Input:
    """One input of a form."""

    name: str
    """Name in the form: the path of the field, joined by dots."""
    label: str
    kind: str
    """``text``, ``secret``, ``area``, ``number``, ``time``, ``check``, ``choice``, ``lines``,
    ``pairs`` or ``json``."""
    value: str = ""
    """The value in the form; ``on`` for a ticked box."""
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    required: bool = False
    fixed: bool = False
    """Whether it comes from the page and cannot be edited."""
    error: str = ""
    group: str = ""
    """Heading above it; inputs without one come first."""


def field_at(message: type[Message], name: str) -> tuple[Field, type[Message]]:
    """The field of a dotted name, and the class that has it; numbers are indexes of lists."""
    cls: Any = message
    field: Any = None
    for part in name.split("."):
        if part.isdecimal():
            cls = field.element.child
            continue
        if field is not None and isinstance(field, MessageField):
            cls = field.child
        field = cls.__layout__.fields[part]
    return field, cls


def value_at(message: Message, name: str) -> Any:
    """The value at a dotted name; None if a message on the path is missing."""
    found: Any = message
    for part in name.split("."):
        if found is None:
            return None
        if part.isdecimal():
            found = found[int(part)] if int(part) < len(found) else None
        else:
            found = getattr(found, part)
    return found


def input_for(
    message: type[Message],
    name: str,
    *,
    label: str = "",
    hint: str = "",
    **settings: Any,
) -> Input:
    """The input of a field."""
    field, owner = field_at(message, name)
    kind, choices, usual = _kind_of(field, secret=field.name in owner.__secret__)
    return Input(
        name=name,
        label=label or _label(field.name),
        kind=kind,
        choices=choices,
        help=hint or usual,
        **settings,
    )


def _label(name: str) -> str:
    words = name.replace("_", " ").replace(" sid", " SID").replace(" id", " ID")
    return words[0].upper() + words[1:]


def _kind_of(field: Field, *, secret: bool) -> tuple[str, tuple[tuple[str, str], ...], str]:
    if isinstance(field, EnumField):
        choices = tuple((name, name.replace("_", " ")) for name in short_names(field.enum))
        return "choice", (("", "(default)"), *choices), ""
    if isinstance(field, ScalarField):
        return _kind_of_scalar(field, secret=secret)
    if isinstance(field, TimeField):
        return "time", (), "A time." if field.is_timestamp else "A length of time: 90s, 10m, 1h30m."
    if isinstance(field, ScalarList):
        return "lines", (), "One a line."
    if isinstance(field, ScalarMap) and field.value.expected == "str":
        return "pairs", (), "One KEY=VALUE a line."
    what = getattr(field, "expected", "an object")
    return "json", (), f"{what} as JSON."


def _kind_of_scalar(
    field: ScalarField, *, secret: bool
) -> tuple[str, tuple[tuple[str, str], ...], str]:
    if field.expected == "bool":
        if field.presence:
            return "choice", (("", "(leave)"), ("yes", "yes"), ("no", "no")), ""
        return "check", (), ""
    if secret:
        return "secret", (), ""
    if field.expected in ("str", "bytes"):
        return ("area" if field.name in LONG_TEXTS else "text"), (), ""
    if field.name in UNITS:
        return "time", (), "A length of time: 90s, 10m, 1h30m."
    return "number", (), ""


def text_of(field: Field, value: Any) -> str:
    """A value as text in the form; the opposite of ``reading.parse``."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return ("yes" if value else "no") if field.presence else ("on" if value else "")
    if isinstance(value, enum.Enum):
        return short_name(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (int, float)):
        return _text_of_number(field, value)
    if isinstance(value, dt.timedelta):
        return show_duration(value.total_seconds()).replace(" ", "")
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return _text_of_many(field, value)


def _text_of_number(field: Field, value: float) -> str:
    if value == 0 and not field.presence:
        return ""
    if field.name in UNITS:
        return show_duration(value * UNITS[field.name]).replace(" ", "")
    return str(value)


def _text_of_many(field: Field, value: Any) -> str:
    if isinstance(value, Message):
        return json.dumps(value.to_dict(proto_names=True), ensure_ascii=False, indent=2)
    if isinstance(field, ScalarMap):
        items: Mapping[Any, Any] = value
        return "\n".join(f"{key}={one}" for key, one in items.items())
    if isinstance(field, ScalarList):
        return "\n".join(text_of(field.element, one) for one in value)
    if is_list(value):
        if not value:
            return ""
        plain = [one.to_dict(proto_names=True) for one in value]
        return json.dumps(plain, ensure_ascii=False, indent=2)
    return str(value)
