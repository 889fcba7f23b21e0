"""Short names of enum members: ``active`` for ``EGRESS_ACTIVE``, ``rtmp`` for ``RTMP_INPUT``."""

from __future__ import annotations

import functools
from os.path import commonpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import Enum

__all__ = ["find_member", "short_name", "short_names"]


@functools.cache
def short_names(enum: type[Enum]) -> dict[str, Enum]:
    """The members by their names in lower case, without what all of them begin or end with."""
    names = list(enum.__members__)
    head = _whole_words(commonpath(names)) if len(names) > 1 else ""
    rest = [name[len(head) :] for name in names]
    tail = _whole_words(commonpath([name[::-1] for name in rest]))[::-1]
    if len(names) == 1 or not all(name[: len(name) - len(tail)] for name in rest):
        tail = ""
    return {
        name[: len(name) - len(tail)].lower(): enum[full]
        for name, full in zip(rest, names, strict=True)
    }


def _whole_words(common: str) -> str:
    return common[: common.rfind("_") + 1]


@functools.cache
def _by_member(enum: type[Enum]) -> dict[Enum, str]:
    return {member: name for name, member in reversed(short_names(enum).items())}


def short_name(member: Enum) -> str:
    """The short name of a member."""
    return _by_member(type(member))[member]


def find_member(enum: type[Enum], text: str) -> Enum:
    """The member of a short or full name, in any case, words joined by ``-`` or ``_``.

    Raises:
        ValueError: there is none; the text lists the names.
    """
    wanted = text.replace("-", "_").lower()
    known: dict[str, Enum] = {name.lower(): enum[name] for name in enum.__members__}
    known |= short_names(enum)
    if wanted not in known:
        raise ValueError(f"{text!r} is none of {', '.join(short_names(enum))}")
    return known[wanted]
