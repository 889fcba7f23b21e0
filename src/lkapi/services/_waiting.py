"""Whether an egress has reached what a caller waits for. Shared by both clients."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from lkapi.protocol.egress import EgressInfo, EgressStatus

Until: TypeAlias = EgressStatus | Collection[EgressStatus] | Callable[[EgressInfo], bool]
"""What to wait for: a status, one of several, or a function that returns true for the egress."""


def reached(info: EgressInfo, until: Until | None) -> bool:
    """Whether the egress has ended, or is in the awaited state."""
    if info.is_terminal:
        return True
    if until is None:
        return False
    if isinstance(until, EgressStatus):
        return info.status == until
    return until(info) if callable(until) else info.status in until


def status_name(info: EgressInfo) -> str:
    """The status as text; a number if the status is newer than this library."""
    return getattr(info.status, "name", str(info.status))
