"""The states of things over time, as the console came to know them; kept in memory.

LiveKit tells the state of an egress, and not which states it had before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from lkapi.presentation.enum_names import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import lkapi

__all__ = ["State", "Step", "Timeline", "egress_states"]

_MAX_THINGS: Final = 2000
_MAX_STEPS: Final = 16


@attrs.frozen(kw_only=True)
class State:
    """What state a thing is in."""

    key: str
    """Id of the thing."""
    text: str
    rank: int = 0
    """States only go forward: one of a lower rank is old news."""


@attrs.frozen(kw_only=True)
class Step:
    """Since when the console knows of a state."""

    at: float
    """Unix time."""
    state: State


class Timeline:
    """The steps of each thing; the things that changed longest ago are forgotten first."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[Step, ...]] = {}

    def note(self, at: float, states: Iterable[State]) -> None:
        """Note the states that things are in at a time."""
        for state in states:
            steps = self._steps.get(state.key, ())
            if steps and (state.text == steps[-1].state.text or state.rank < steps[-1].state.rank):
                continue
            self._steps.pop(state.key, None)
            self._steps[state.key] = (*steps, Step(at=at, state=state))[-_MAX_STEPS:]
            while len(self._steps) > _MAX_THINGS:
                self._steps.pop(next(iter(self._steps)))

    def of(self, key: str) -> tuple[Step, ...]:
        """The steps of a thing, oldest first."""
        return self._steps.get(key, ())


def egress_states(found: Iterable[lkapi.EgressInfo]) -> list[State]:
    """The states of egresses."""
    return [
        State(key=one.egress_id, text=short_name(one.status), rank=int(one.status)) for one in found
    ]
