"""The request of a command: what a JSON file says, and over it what the flags say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from lkapi.cli.flags.types import load_json
from lkapi.cli.options import SectionOption
from lkapi.errors import DecodeError
from lkapi.message.fields import MessageField, MessageList, MessageMap, ScalarList, ScalarMap
from lkapi.message.typeguards import is_dict, is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lkapi.cli.flags.layouts import FieldFlag
    from lkapi.message import Message

__all__ = ["build_request", "fill", "input_option", "read_json"]

M = TypeVar("M", bound="Message")


def input_option() -> SectionOption:
    """``--input FILE``."""
    return SectionOption(
        "--input",
        section="Options",
        metavar="FILE",
        help="The request as JSON in a file, or - for standard input; flags count over it.",
    )


def read_json(
    message: type[M], text: str, *, inside: tuple[str, ...] = (), option: str = "--input"
) -> M:
    """A message from JSON text, a file or ``-``; both spellings of a field are read.

    Where ``inside`` names a nested message, the JSON may be that of the nested one alone.

    Raises:
        UsageError: it cannot be read, or does not fit.
    """
    try:
        found = load_json(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
    if inside and is_dict(found):
        found = _wrapped(message, found, inside)
    return _from_dict(message, found)


def _wrapped(message: type[Message], found: dict[str, Any], inside: tuple[str, ...]) -> Any:
    own = {
        name for field in message.__layout__.fields.values() for name in (field.name, field.json)
    }
    if found.keys() & own:
        return found
    for name in reversed(inside):
        found = {name: found}
    return found


def _from_dict(message: type[M], found: Any) -> M:
    try:
        return message.from_dict(found, strict=True)
    except DecodeError as error:
        raise click.UsageError(f"{error}{_nearest_field(message, str(error))}") from None


def _nearest_field(message: type[Message], text: str) -> str:
    """A suggestion where the error names a field that the message itself does not have."""
    from lkapi._words import nearest

    _, mark, rest = text.partition(f"{message.__proto__} has no field '")
    return nearest(rest.partition("'")[0], message.__layout__.fields) if mark else ""


def build_request(message: type[M], values: Mapping[FieldFlag, Any], base: M | None = None) -> M:
    """The message with the values of flags set over those of ``base``.

    Raises:
        UsageError: a value does not fit, or two flags exclude each other.
    """
    request = message() if base is None else base
    _refuse_two_of_a_oneof(values)
    for flag, value in values.items():
        fill(request, flag.path, value)
    return request


def _refuse_two_of_a_oneof(flags: Iterable[FieldFlag]) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for flag in flags:
        if flag.field.oneof:
            place = (*flag.path[:-1], flag.field.oneof)
            other = seen.setdefault(place, flag.opts[0])
            if other != flag.opts[0]:
                raise click.UsageError(f"{other} and {flag.opts[0]} exclude each other; give one")


def fill(request: Message, path: tuple[str, ...], value: Any) -> None:
    """Set a field, nested ones by their path; maps are added to, lists replaced.

    Raises:
        UsageError: the value does not fit.
    """
    target: Any = request
    for name in path[:-1]:
        nested = getattr(target, name)
        if nested is None:
            setattr(target, name, _field_of(target, name).child())
            nested = getattr(target, name)
        target = nested
    name = path[-1]
    try:
        setattr(target, name, _converted(_field_of(target, name), value, getattr(target, name)))
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from None


def _field_of(message: Any, name: str) -> Any:
    return message.__layout__.fields[name]


def _converted(field: Any, value: Any, present: Any) -> Any:
    """The value as the message takes it: pairs as a dict, JSON as messages."""
    if isinstance(field, MessageField):
        return _from_dict(cast("Any", field.child), value)
    if isinstance(field, MessageList):
        child = cast("Any", field.element.child)
        return [_from_dict(child, item) for item in _flattened(value)]
    if isinstance(field, MessageMap):
        child = cast("Any", field.value.child)
        return {key: _from_dict(child, item) for key, item in value.items()}
    if isinstance(field, ScalarMap) and not is_dict(value):
        return {**present, **dict(value)}
    return list(value) if isinstance(field, ScalarList) else value


def _flattened(values: Any) -> list[Any]:
    """The elements that a repeated flag gives, each an object or a list of objects."""
    return [item for one in values for item in (one if is_list(one) else [one])]
