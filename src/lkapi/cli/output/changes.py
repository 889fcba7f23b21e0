"""What changed between two readings of a list, for ``--watch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDED", "CHANGED", "REMOVED", "find_changes"]

ADDED: Final = "+"
CHANGED: Final = "~"
REMOVED: Final = "-"


def find_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The marks of the items that were added, changed or removed, by their keys."""
    marks = {
        key: ADDED if key not in before else CHANGED
        for key in after
        if _differs(key, before, after)
    }
    return marks | {key: REMOVED for key in before if key not in after}


def _differs(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return key not in before or bool(before[key] != after[key])
