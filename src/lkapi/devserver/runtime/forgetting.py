"""What a world forgets, so that a server which runs for months does not grow."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget_oldest"]

T = TypeVar("T")

KEPT = 10_000
"""Calls, egresses and numbers of which each is kept, those that are over included."""


def forget_oldest(items: dict[str, T], is_over: Callable[[T], bool]) -> None:
    """Drop the oldest items that are over, until ``KEPT`` are left or none is over."""
    surplus = len(items) - KEPT
    if surplus > 0:
        over = (key for key, item in items.items() if is_over(item))
        for key in list(islice(over, surplus)):
            del items[key]
