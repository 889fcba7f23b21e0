"""Makes a request from the texts of a form."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from lkapi.console.actions.inputs import field_at
from lkapi.message.fields import EnumField, Field, ScalarField, ScalarList, ScalarMap, TimeField
from lkapi.message.typeguards import is_dict, is_list
from lkapi.presentation.enum_names import find_member
from lkapi.presentation.filling import UNITS, set_field
from lkapi.presentation.texts import parse_duration, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lkapi.message import Message

__all__ = ["FormError", "fill_from_form", "oneofs_of", "parse"]


class FormError(ValueError):
    """Inputs that are not valid, each with the reason."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))
        self.fields = dict(fields)


def fill_from_form(request: Message, names: Iterable[str], form: Mapping[str, str]) -> None:
    """Set the fields of these dotted names from a form; empty inputs set nothing.

    Raises:
        FormError: naming every input that cannot be used.
    """
    wrong: dict[str, str] = {}
    chosen: dict[tuple[str, str], str] = {}
    for name in names:
        field, _ = field_at(type(request), name)
        try:
            value = parse(field, form.get(name, ""))
            if value is not None:
                _choose(chosen, oneofs_of(type(request), name))
                set_field(request, tuple(name.split(".")), value)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise FormError(wrong)


def oneofs_of(message: type[Message], name: str) -> dict[tuple[str, str], str]:
    """The oneofs on the path to a field: where each is, and which member the path uses."""
    parts = name.split(".")
    found: dict[tuple[str, str], str] = {}
    for place, part in enumerate(parts):
        path = ".".join(parts[: place + 1])
        field, _ = field_at(message, path)
        if not part.isdecimal() and field.oneof:
            found[".".join(parts[:place]), field.oneof] = part
    return found


def _choose(chosen: dict[tuple[str, str], str], members: dict[tuple[str, str], str]) -> None:
    for oneof, member in members.items():
        before = chosen.setdefault(oneof, member)
        if before != member:
            raise ValueError(
                f"{before.replace('_', ' ')} is already filled in: only one of them is allowed"
            )


def parse(field: Field, text: str) -> Any:
    """The value of an input's text; None for an empty input.

    Raises:
        ValueError: it is not a value of the field.
    """
    text = text.replace("\r\n", "\n")
    if isinstance(field, ScalarField) and field.expected == "bool":
        return _parse_bool(field, text)
    if not text.strip():
        return None
    if isinstance(field, ScalarList):
        lines = [line.strip() for line in text.splitlines()]
        return [parse(field.element, line) for line in lines if line]
    if isinstance(field, ScalarMap) and field.value.expected == "str":
        return dict(_pair(line) for line in text.splitlines() if line.strip())
    if isinstance(field, TimeField):
        if field.is_timestamp:
            return parse_moment(text.strip(), dt.datetime.now(dt.timezone.utc))
        return dt.timedelta(seconds=parse_duration(text))
    if isinstance(field, EnumField):
        return find_member(field.enum, text)
    if isinstance(field, ScalarField):
        return _parse_scalar(field, text)
    return _parse_json(text)


def _parse_bool(field: ScalarField, text: str) -> bool | None:
    if field.presence:
        return {"yes": True, "no": False}.get(text)
    return True if text else None


def _pair(line: str) -> tuple[str, str]:
    key, mark, value = line.partition("=")
    if not mark or not key.strip():
        raise ValueError(f"{line.strip()!r} is not of the form KEY=VALUE")
    return key.strip(), value.strip()


def _parse_scalar(field: ScalarField, text: str) -> Any:
    if field.expected == "str":
        return text
    if field.expected == "bytes":
        return text.encode()
    if field.name in UNITS:
        count = parse_duration(text, UNITS[field.name]) / UNITS[field.name]
        if abs(count - round(count)) > 1e-6:
            raise ValueError(f"{text!r} has fractions, which the field cannot store")
        return round(count)
    try:
        return float(text) if field.expected == "float" else int(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a {'whole ' * (field.expected != 'float')}number"
        ) from None


def _parse_json(text: str) -> Any:
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not JSON: {error}") from None
    if not is_dict(found) and not is_list(found):
        raise ValueError("this must be a JSON object, or a list of objects")
    return found
