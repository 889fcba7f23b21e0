"""Rooms and participants: the state of a world, and the rules of joining, leaving and moving."""

from __future__ import annotations
