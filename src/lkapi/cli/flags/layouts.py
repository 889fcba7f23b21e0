"""One flag for each field of a message, by the field's type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from lkapi.cli.flags.types import (
    BytesType,
    CountType,
    DurationType,
    EnumType,
    JSONType,
    MomentType,
    PairType,
)
from lkapi.cli.options import SectionOption
from lkapi.message.fields import (
    EnumField,
    Field,
    MessageField,
    MessageList,
    ScalarField,
    ScalarList,
    ScalarMap,
    TimeField,
)
from lkapi.presentation.enum_names import short_names
from lkapi.presentation.filling import UNITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lkapi.message import Message

__all__ = ["FieldFlag", "argument_of", "flags_of"]

_LIST_UPDATE: Final = "livekit.ListUpdate"
_SHOWN_MEMBERS: Final = 6


class FieldFlag(SectionOption):
    """The flag of one field."""

    def __init__(self, path: tuple[str, ...], field: Field, *names: str, **settings: Any) -> None:
        dest = "field__" + "__".join(path)
        super().__init__(dest, *names, section="Options", default=None, **settings)
        self.path = path
        """The names of the fields that lead to it, beginning with the request's."""
        self.field = field


def flags_of(
    message: type[Message],
    *,
    inside: tuple[str, ...] = (),
    skip: Collection[str] = (),
    names: Mapping[str, str] = {},
) -> list[FieldFlag]:
    """The flags of a message's fields.

    Args:
        message: the class of the request.
        inside: names of nested messages, whose fields get the flags instead.
        skip: fields without a flag.
        names: flags that do not have the name of their field: ``{"room_name": "--room"}``.
    """
    cls: Any = message
    for name in inside:
        cls = cls.__layout__.fields[name].child
    flags: list[FieldFlag] = []
    for field in cls.__layout__.fields.values():
        if field.name not in skip:
            flags += _flags(field, (*inside, field.name), names.get(field.name), cls)
    return flags


def argument_of(message: type[Message], name: str, *, several: bool = False) -> click.Argument:
    """The argument that stands for a field, or the arguments for a list."""
    settings = _settings(message.__layout__.fields[name])
    metavar = f"[{name.upper()}]{'...' if several else ''}"
    return click.Argument(
        [f"argument__{name}"],
        required=False,
        metavar=metavar,
        type=settings.get("type"),
        nargs=-1 if several else 1,
    )


def _flags(
    field: Field, path: tuple[str, ...], name: str | None, owner: type[Message]
) -> Iterator[FieldFlag]:
    word = field.name.replace("_", "-")
    flag = name or f"--{word}"
    child = field.descriptor.message_type
    if child is not None and child.full_name == _LIST_UPDATE:
        yield from _list_update(field, path, word)
        return
    settings = _settings(field)
    if settings.get("is_flag"):
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
    if field.name in owner.__secret__:
        settings["help"] = f"{settings.get('help', '')} Secret.".strip()
    yield FieldFlag(path, field, flag, **settings)


def _list_update(field: Field, path: tuple[str, ...], word: str) -> Iterator[FieldFlag]:
    for part, flag, what in (
        ("set", f"--{word}", "Replace the list; repeat for several."),
        ("add", f"--add-{word}", "Add to the list; repeat for several."),
        ("remove", f"--remove-{word}", "Remove from the list; repeat for several."),
    ):
        assert isinstance(field, MessageField)
        inner: Any = field.child.__layout__.fields[part]
        yield FieldFlag((*path, part), inner, flag, multiple=True, metavar="TEXT", help=what)


def _settings(field: Field) -> dict[str, Any]:
    """How click reads it."""
    if isinstance(field, EnumField):
        return {"type": EnumType(field.enum), "metavar": "NAME", "help": _members(field)}
    if isinstance(field, ScalarField):
        return _scalar(field)
    if isinstance(field, ScalarList):
        element = _settings(field.element)
        return {**element, "multiple": True, "help": _joined(element, "repeat for several")}
    if isinstance(field, ScalarMap) and field.value.expected == "str":
        return {"type": PairType(), "multiple": True, "help": "Repeat for several."}
    if isinstance(field, TimeField):
        return {"type": MomentType() if field.is_timestamp else DurationType(), "metavar": "TIME"}
    if isinstance(field, MessageList):
        what = f"{field.element.expected} as JSON, @FILE or -; repeat for several."
        return {"type": JSONType(), "metavar": "JSON", "multiple": True, "help": what}
    assert isinstance(field, MessageField), "no request has a field of another kind"
    what = f"{field.expected} as JSON, @FILE or -."
    return {"type": JSONType(), "metavar": "JSON", "help": what}


def _scalar(field: ScalarField) -> dict[str, Any]:
    if field.expected == "bool":
        return {"is_flag": True}
    if field.expected == "bytes":
        return {"type": BytesType(), "help": "Text, @FILE or -."}
    if field.expected == "str":
        return {"type": click.STRING, "metavar": "TEXT"}
    if field.expected == "float":
        return {"type": click.FLOAT, "metavar": "NUMBER"}
    if field.name in UNITS:
        return {"type": CountType(UNITS[field.name]), "metavar": "TIME"}
    return {"type": click.INT, "metavar": "NUMBER"}


def _members(field: EnumField) -> str:
    names = list(short_names(field.enum))
    shown = ", ".join(names[:_SHOWN_MEMBERS])
    return f"{shown}, ..." if len(names) > _SHOWN_MEMBERS else f"{shown}."


def _joined(settings: dict[str, Any], more: str) -> str:
    before = str(settings.get("help", "")).rstrip(".")
    return f"{before}; {more}." if before else f"{more[0].upper()}{more[1:]}."
