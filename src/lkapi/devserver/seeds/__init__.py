"""The initial contents of a world: rooms, participants, trunks and more, from a file."""

from __future__ import annotations
