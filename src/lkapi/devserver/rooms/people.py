"""Participants in a snapshot: the parts refer to them by sid, and each is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["People"]


class People:
    """The participants in a snapshot, including those who have left if a part refers to them."""

    def __init__(self) -> None:
        self.by_sid: dict[str, SimulatedParticipant] = {}

    def refer(self, participant: SimulatedParticipant | None) -> str | None:
        """The reference to a participant in a snapshot; None for none."""
        if participant is None:
            return None
        self.by_sid.setdefault(participant.sid, participant)
        return participant.sid

    def find(self, saved: Saved) -> SimulatedParticipant:
        """The participant that a value refers to.

        Raises:
            SnapshotError: the snapshot has no such participant.
        """
        found = self.by_sid.get(saved.text())
        if found is None:
            raise saved.error("refers to a participant that is not in the snapshot")
        return found

    def find_if_any(self, saved: Saved) -> SimulatedParticipant | None:
        """Like ``find``, but None for null."""
        return None if saved.missing else self.find(saved)
