"""Long Python expressions over several lines, one argument a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fold"]

_WIDTH: Final = 88
_STEP: Final = 4
_OPENING: Final = ("(", "[", "{")
_CLOSING: Final = (")", "]", "}")
_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[(\[{]|[)\]}]|,\s*|[^"(\[{)\]},]+')
"""A string in double quotes, a bracket, a comma, or what is between those."""


def fold(text: str, indent: int) -> str:
    """A call, list or dict that is too long for its line, with each of its parts on its own.

    Args:
        text: an expression whose strings have double quotes.
        indent: indent of the line in which it begins.
    """
    words = _WORD.findall(text)
    if len(text) + indent <= _WIDTH or "".join(words) != text:
        return text
    begin = next((n for n, word in enumerate(words) if word in _OPENING), None)
    if begin is None or words[-1] not in _CLOSING or _is_subscript(words, begin):
        return text
    inner = " " * (indent + _STEP)
    parts = [fold(part, indent + _STEP) for part in _split(words[begin + 1 : -1])]
    lines = "".join(f"{inner}{part},\n" for part in parts)
    return f"{''.join(words[: begin + 1])}\n{lines}{' ' * indent}{words[-1]}"


def _is_subscript(words: list[str], begin: int) -> bool:
    """Whether the bracket is that of ``os.environ["X"]``, where a comma would make a tuple."""
    return words[begin] == "[" and begin > 0 and words[begin - 1][-1:].isalnum()


def _split(words: list[str]) -> Iterator[str]:
    """The parts between the commas that are not inside an inner bracket."""
    depth, part = 0, ""
    for word in words:
        if word.startswith(",") and depth == 0:
            yield part
            part = ""
            continue
        depth += (word in _OPENING) - (word in _CLOSING)
        part += word
    if part:
        yield part
