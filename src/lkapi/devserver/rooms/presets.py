"""Room configurations, from the operator or a token, which complete a request to create a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lkapi.protocol.room import CreateRoomRequest, RoomConfiguration

__all__ = ["fill_request"]

_MERGED: Final = (
    "empty_timeout",
    "departure_timeout",
    "max_participants",
    "metadata",
    "egress",
    "min_playout_delay",
    "max_playout_delay",
    "sync_streams",
    "agents",
    "tags",
)
"""Fields of a configuration that apply to a room; its name is not used (recorded)."""


def fill_request(request: CreateRoomRequest, config: RoomConfiguration) -> CreateRoomRequest:
    """A request, completed with a configuration's values."""
    filled = {name: getattr(request, name) or getattr(config, name) for name in _MERGED}
    return request.copy(**filled)
