"""Signatures as griffe writes them: on one line, and parameter by parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import griffe

__all__ = ["parameters"]


def parameters(function: griffe.Function) -> Iterator[str]:
    """The parameters one by one; markers for positional and keyword parameters included."""
    text = function.signature(name="f").removeprefix("f")
    depth, start = 0, 1
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 or (depth == 1 and sign == ","):
            yield text[start:place].strip()
            start = place + 1
        if depth == 0:
            return
