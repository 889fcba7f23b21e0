"""Short names of enum members: ``active`` for ``EGRESS_ACTIVE``, ``rtmp`` for ``RTMP_INPUT``."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import Enum

__all__ = ["find_member", "short_name", "short_names"]


@functools.cache
def short_names(enum: type[Enum]) -> dict[str, Enum]:
    """The members by their names in lower case, without what all of them begin or end with."""
    words = [name.split("_") for name in enum.__members__]
    if len(words) > 1:
        words = _without_common_head(words)
        words = [one[::-1] for one in _without_common_head([one[::-1] for one in words])]
    members = enum.__members__.values()
    return {"_".join(one).lower(): member for one, member in zip(words, members, strict=True)}


def _without_common_head(names: list[list[str]]) -> list[list[str]]:
    """Names without the words that all of them begin with; each keeps one word at least."""
    while all(len(one) > 1 and one[0] == names[0][0] for one in names):
        names = [one[1:] for one in names]
    return names


@functools.cache
def _by_member(enum: type[Enum]) -> dict[Enum, str]:
    return {member: name for name, member in reversed(short_names(enum).items())}


def short_name(member: Enum) -> str:
    """The short name of a member."""
    return _by_member(type(member))[member]


def find_member(enum: type[Enum], text: str) -> Enum:
    """The member with a short or full name, in upper or lower case, words joined by ``-`` or ``_``.

    Raises:
        ValueError: there is none; the text lists the names.
    """
    wanted = text.replace("-", "_").lower()
    known: dict[str, Enum] = {name.lower(): enum[name] for name in enum.__members__}
    known |= short_names(enum)
    if wanted not in known:
        raise ValueError(f"{text!r} is not one of {', '.join(short_names(enum))}")
    return known[wanted]
