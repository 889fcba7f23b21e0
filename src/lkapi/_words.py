"""Spelling of names: lowerCamelCase, and the nearest existing name for an error text.

It imports nothing of lkapi, so that tokens, messages and errors can use it; ``difflib`` is loaded
only for a message.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["lower_camel", "nearest", "nearest_or_all", "unknown_keyword"]


def lower_camel(name: str) -> str:
    """``can_publish_data`` gives ``canPublishData``."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def nearest(name: str, names: Iterable[str], *, likeness: float = 0.6) -> str:
    """``; did you mean 'x'?`` for a name that resembles one of ``names``, else an empty string.

    Args:
        name: what was given.
        names: what exists.
        likeness: 1 for the same letters only.
    """
    import difflib

    found = difflib.get_close_matches(name, list(names), n=1, cutoff=likeness)
    return f"; did you mean {found[0]!r}?" if found else ""


def nearest_or_all(name: str, names: Iterable[str], *, most: int | None = None) -> str:
    """``nearest``, or ``; there are: x, y`` if no name is similar.

    Args:
        name: what was given.
        names: what exists.
        most: with more names than this, they are not listed.
    """
    known = list(names)
    listed = bool(known) and (most is None or len(known) <= most)
    return nearest(name, known) or (f"; there are: {', '.join(known)}" if listed else "")


def unknown_keyword(function: object, given: Iterable[str]) -> str | None:
    """The error text for the first keyword that a function does not have; None if it has all."""
    code: Any = getattr(function, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARKEYWORDS:
        return None
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for name in given:
        if name not in known:
            owner = getattr(function, "__qualname__", "").removesuffix(".__init__")
            return f"{owner} has no argument {name!r}{nearest(name, known)}"
    return None
