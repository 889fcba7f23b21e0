"""The states of egresses and calls over time, as the console noticed them; kept in memory.

LiveKit reports the state of an egress, but not its earlier states.
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
    """The state of an egress or call."""

    key: str
    """Its id."""
    text: str
    rank: int = 0
    """States only go forward: a state of lower rank is outdated."""


@attrs.frozen(kw_only=True)
class Step:
    """A state, and since when the console knows about it."""

    at: float
    """Unix time."""
    state: State


class Timeline:
    """The steps by id; those that changed longest ago are forgotten first."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[Step, ...]] = {}

    def note(self, at: float, states: Iterable[State]) -> None:
        """Note states at a time."""
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
