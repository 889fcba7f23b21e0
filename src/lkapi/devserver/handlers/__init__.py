"""The answers of the embedded server, one function for each remote method."""

from __future__ import annotations

from lkapi.devserver.handlers import data, participant, room
from lkapi.devserver.handlers.registry import Handler, find_handler, handles

__all__ = ["Handler", "data", "find_handler", "handles", "participant", "room"]
