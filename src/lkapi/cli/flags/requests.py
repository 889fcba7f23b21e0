"""The request of a command: values from a JSON file, overridden by the flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from lkapi.cli.flags.types import load_json
from lkapi.cli.options import SectionOption
from lkapi.message.typeguards import is_dict
from lkapi.presentation.filling import from_json_value, set_field

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
        help="The request as JSON in a file, or - for standard input; flags override it.",
    )


def read_json(
    message: type[M], text: str, *, inside: tuple[str, ...] = (), option: str = "--input"
) -> M:
    """A message from JSON text, a file or ``-``; both spellings of a field are read.

    If ``inside`` names a nested message, the JSON may be that of the nested message alone.

    Raises:
        UsageError: it cannot be read, or does not fit.
    """
    try:
        found = load_json(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
    if inside and is_dict(found):
        found = _wrapped(message, found, inside)
    return _from_dict(message, found, option)


def _wrapped(message: type[Message], found: dict[str, Any], inside: tuple[str, ...]) -> Any:
    own = {
        name for field in message.__layout__.fields.values() for name in (field.name, field.json)
    }
    if found.keys() & own:
        return found
    for name in reversed(inside):
        found = {name: found}
    return found


def _from_dict(message: type[M], found: Any, option: str) -> M:
    try:
        return from_json_value(message, found)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def build_request(message: type[M], values: Mapping[FieldFlag, Any], base: M | None = None) -> M:
    """The message with the values of flags, which override those of ``base``.

    Raises:
        UsageError: a value does not fit, or two flags exclude each other.
    """
    request = message() if base is None else base
    _refuse_two_of_a_oneof(values)
    for flag, value in values.items():
        fill(request, flag.path, value, flag.opts[0])
    return request


def _refuse_two_of_a_oneof(flags: Iterable[FieldFlag]) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for flag in flags:
        if flag.field.oneof:
            place = (*flag.path[:-1], flag.field.oneof)
            other = seen.setdefault(place, flag.opts[0])
            if other != flag.opts[0]:
                raise click.UsageError(
                    f"{other} and {flag.opts[0]} exclude each other: give only one"
                )


def fill(request: Message, path: tuple[str, ...], value: Any, option: str) -> None:
    """Set a field, nested ones by their path; entries are added to maps, lists are replaced.

    ``option`` is its name on the command line, for errors.

    Raises:
        UsageError: the value does not fit.
    """
    try:
        set_field(request, path, value)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None
