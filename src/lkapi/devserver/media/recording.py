"""One egress: its record for the API, and when its worker acts next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.devserver.snapshots.values import write_message, write_time
from lkapi.protocol.egress import EgressInfo, EgressStatus

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["RUNNING", "Recording"]

RUNNING: Final = (
    EgressStatus.EGRESS_STARTING,
    EgressStatus.EGRESS_ACTIVE,
    EgressStatus.EGRESS_ENDING,
)
"""The states of an egress that has not ended."""


@attrs.define(eq=False)
class Recording:
    """One egress, and when its worker acts next."""

    info: EgressInfo
    """The egress as the API shows it."""
    due: float = math.inf
    """When the worker continues by itself."""
    recorder: SimulatedParticipant | None = attrs.field(default=None, repr=False)
    """The worker's participant in the room."""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.info.status in RUNNING

    def save(self, people: People) -> dict[str, Any]:
        """The egress as part of a snapshot."""
        return {
            "info": write_message(self.info),
            "due": write_time(self.due),
            "recorder": people.refer(self.recorder),
        }

    @classmethod
    def load(cls, saved: Saved, people: People) -> Recording:
        """Read what ``save`` wrote.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        return cls(
            info=saved.at("info").message(EgressInfo),
            due=saved.at("due").time(),
            recorder=people.find_if_any(saved.at("recorder")),
        )
