"""What the embedded server does not serve: it answers ``unimplemented``."""

from __future__ import annotations

from typing import Any, Final

from lkapi.methods.info import MethodInfo

UNSERVED: Final = frozenset({"AgentSimulation", "CloudAgent", "Replay"})
"""Services (``Replay``), and single methods of others (``RoomService/PauseRoom``)."""


def is_unserved(row: MethodInfo[Any, Any]) -> bool:
    """Whether a method is meant to have no handler."""
    return row.service in UNSERVED or str(row) in UNSERVED
