"""What the value of a flag may be: times, enum names, pairs, JSON, bytes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lkapi.presentation.enum_names import find_member, short_names
from lkapi.presentation.texts import parse_duration, parse_moment

if TYPE_CHECKING:
    from enum import Enum

    from click.shell_completion import CompletionItem

__all__ = [
    "BytesType",
    "CountType",
    "DurationType",
    "EnumType",
    "JSONType",
    "MomentType",
    "PairType",
    "load_json",
]


class DurationType(click.ParamType[dt.timedelta]):
    """``90s``, ``10m``, ``1h30m``; a bare number is seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.timedelta:
        """Read it."""
        try:
            return dt.timedelta(seconds=parse_duration(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class CountType(click.ParamType[int]):
    """A length of time for a field that counts seconds or milliseconds.

    Args:
        unit: length of the field's unit in seconds; a bare number has this unit.
    """

    name = "time"

    def __init__(self, unit: float) -> None:
        self.unit = unit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; fractions of the unit are refused."""
        try:
            count = parse_duration(value, self.unit) / self.unit
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if abs(count - round(count)) > 1e-6:
            self.fail(f"{value!r} is not a whole number of {_unit_name(self.unit)}", param, ctx)
        return round(count)


def _unit_name(unit: float) -> str:
    return "seconds" if unit == 1 else "milliseconds"


class MomentType(click.ParamType[dt.datetime]):
    """An ISO time, unix seconds, or ``2h`` for two hours ago."""

    name = "when"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """Read it."""
        try:
            return parse_moment(value, dt.datetime.now(dt.timezone.utc))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class EnumType(click.ParamType["Enum"]):
    """The name of an enum member, short or full."""

    name = "name"

    def __init__(self, enum: type[Enum]) -> None:
        self.enum = enum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Enum:
        """Find the member."""
        try:
            return find_member(self.enum, value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete short names."""
        from click.shell_completion import CompletionItem

        names = short_names(self.enum)
        return [CompletionItem(name) for name in names if name.startswith(incomplete.lower())]


class PairType(click.ParamType[tuple[str, str]]):
    """``KEY=VALUE`` for a map of texts."""

    name = "key=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split it at the first ``=``."""
        key, mark, text = value.partition("=")
        if not mark or not key:
            self.fail(f"{value!r} is not of the form KEY=VALUE", param, ctx)
        return key, text


class BytesType(click.ParamType[bytes]):
    """Text for a field of bytes, as UTF-8; ``@FILE`` reads a file, ``-`` standard input."""

    name = "text"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Encode or read it."""
        if value == "-":
            return sys.stdin.buffer.read()
        if not value.startswith("@"):
            return str(value).encode()
        try:
            return Path(value[1:]).read_bytes()
        except OSError as error:
            self.fail(f"{value[1:]!r} cannot be read: {error.strerror}", param, ctx)


class JSONType(click.ParamType[Any]):
    """JSON as it stands, ``@FILE`` or a file's name, or ``-`` for standard input."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        try:
            return load_json(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def load_json(text: str) -> Any:
    """The value of JSON text, of a file, or of standard input for ``-``.

    Raises:
        ValueError: it cannot be read, is empty, is not JSON, or gives a key twice.
    """
    source = text
    where = "standard input" if text == "-" else repr(text)
    if text == "-":
        source = sys.stdin.read()
    elif text.lstrip().startswith(("{", "[")):
        where = "the text"
    else:
        source = _read(text.removeprefix("@"))
    if not source.strip():
        raise ValueError(f"{where} is empty: it should contain JSON, such as {{}}")
    try:
        return json.loads(source, object_pairs_hook=_without_repeats)
    except _RepeatedKeyError as error:
        raise ValueError(f"{where}: {error}") from None
    except RecursionError:
        raise ValueError(f"{where} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{where} is not JSON: {error}") from None


class _RepeatedKeyError(ValueError):
    pass


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object from its members; ``json`` would silently keep the last of two."""
    found: dict[str, Any] = {}
    for key, value in members:
        if key in found:
            raise _RepeatedKeyError(f"the key {key!r} is given twice: leave one out")
        found[key] = value
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise ValueError(
            f"{path!r} is neither JSON nor a readable file: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise ValueError(f"{path!r} is not UTF-8 text") from None
