"""Participants as the parts of a snapshot refer to them: by sid, each of them written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["People"]


class People:
    """The participants that a snapshot knows, those who are gone too if something names them."""

    def __init__(self) -> None:
        self.by_sid: dict[str, SimulatedParticipant] = {}

    def refer(self, participant: SimulatedParticipant | None) -> str | None:
        """What stands for a participant in a snapshot; None for none."""
        if participant is None:
            return None
        self.by_sid.setdefault(participant.sid, participant)
        return participant.sid

    def find(self, saved: Saved) -> SimulatedParticipant:
        """The participant that a value stands for.

        Raises:
            SnapshotError: the snapshot has no such participant.
        """
        found = self.by_sid.get(saved.text())
        if found is None:
            raise saved.error("names a participant that the snapshot does not have")
        return found

    def find_if_any(self, saved: Saved) -> SimulatedParticipant | None:
        """The same, None for null."""
        return None if saved.missing else self.find(saved)
