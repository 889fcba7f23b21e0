"""What a world deletes, so that a server that runs for months does not grow."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget_oldest"]

T = TypeVar("T")

KEPT = 10_000
"""How many calls, egresses and numbers are kept, including those that have ended."""


def forget_oldest(items: dict[str, T], is_over: Callable[[T], bool]) -> None:
    """Delete the oldest ended items, until ``KEPT`` are left or none has ended."""
    surplus = len(items) - KEPT
    if surplus > 0:
        over = (key for key, item in items.items() if is_over(item))
        for key in list(islice(over, surplus)):
            del items[key]
