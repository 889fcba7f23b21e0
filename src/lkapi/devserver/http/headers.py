"""Header fields of a request as one mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["join_fields"]

_FIRST_COUNTS: Final = "authorization"
"""Go's servers read the first of several; the official Go SDK sends two in some calls."""


def join_fields(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; several fields of one name are joined with commas.

    Of several ``Authorization`` fields, the first is used.
    """
    joined: dict[str, str] = {}
    for name, value in fields:
        lower = name.lower()
        if lower not in joined:
            joined[lower] = value
        elif lower != _FIRST_COUNTS:
            joined[lower] = f"{joined[lower]}, {value}"
    return joined
