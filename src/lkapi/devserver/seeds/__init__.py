"""What a world has from the start: rooms, participants, trunks and more, out of a file."""

from __future__ import annotations
