"""What the checker may know about a value: a thing of lkapi, a message, a list, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import ast

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "EventName",
    "Foreign",
    "Items",
    "Kind",
    "Made",
    "Map",
    "Method",
    "Own",
    "OwnClass",
    "OwnFunction",
    "Thing",
    "Time",
    "Word",
    "join",
]


class Kind:
    """What is known about a value."""

    __slots__ = ()


class Word(Kind):
    """A kind that has only a name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


UNKNOWN: Kind = Word("UNKNOWN")
"""Anything, including messages of LiveKit."""
ABSENT: Kind = Word("ABSENT")
"""The value None."""


@attrs.frozen
class Thing(Kind):
    """A module, class or function of lkapi, under any name in the program."""

    value: Any


@attrs.frozen
class Made(Kind):
    """An instance of a class of lkapi: a message, a client, a service, a receiver."""

    cls: Any


@attrs.frozen
class Method(Kind):
    """A method of such an instance."""

    cls: Any
    function: Any


@attrs.frozen
class Items(Kind):
    """A list or another iterable, with elements of one kind."""

    element: Kind
    is_field: bool = False
    """Whether it is a list of a message, which in protobuf has methods of its own."""


@attrs.frozen
class Map(Kind):
    """A dict."""

    value: Kind
    is_field: bool = False
    """Whether it belongs to a message; in protobuf, such a map returns a value for missing keys."""


@attrs.frozen
class Time(Kind):
    """A Timestamp or Duration of a message, on lkapi a datetime or timedelta."""

    is_timestamp: bool


@attrs.frozen
class EventName(Kind):
    """The name of a webhook event, which determines what else the event has."""

    path: str


@attrs.frozen
class Foreign(Kind):
    """Something of another package by its dotted name, or a value of its types (no name)."""

    dotted: str = ""


@attrs.frozen(eq=False)
class OwnFunction(Kind):
    """A function of the program."""

    node: ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen(eq=False)
class OwnClass(Kind):
    """A class of the program."""

    node: ast.ClassDef


@attrs.frozen
class Own(Kind):
    """An instance of a class of the program."""

    node: ast.ClassDef


def join(one: Kind, other: Kind) -> Kind:
    """What is known about a value that has one kind or the other."""
    if one == other or other is ABSENT:
        return one
    return other if one is ABSENT else UNKNOWN
