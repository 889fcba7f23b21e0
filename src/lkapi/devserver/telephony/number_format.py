"""Phone numbers as the server compares and prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["called_number", "normalize", "print_numbers"]

_NUMBER: Final = re.compile(r"\+?[\d\- ()]+", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " -()")


def normalize(number: str) -> str:
    """A number without its separators and with a plus; other texts as they are."""
    if not number or not _NUMBER.fullmatch(number):
        return number
    return "+" + number.translate(_SEPARATORS).lstrip("+")


def print_numbers(numbers: Sequence[str]) -> str:
    """``["+1" "+2"]``, the form of lists in the server's errors."""
    quoted = " ".join(f'"{number}"' for number in numbers)
    return f"[{quoted}]" if quoted else "<any>"


def called_number(target: str) -> str:
    """The number or user in ``tel:+15105550100``, ``sip:+15105550100@host`` or a bare number."""
    bare = target.strip("<>")
    scheme, colon, rest = bare.partition(":")
    user = rest if colon and scheme.lower() in ("tel", "sip", "sips") else bare
    return normalize(user.partition("@")[0].partition(";")[0])
