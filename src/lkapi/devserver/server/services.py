"""The services of each profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods import all_methods

if TYPE_CHECKING:
    from lkapi.devserver.runtime.config import WorldConfig

__all__ = ["SELF_HOSTED", "served"]

SELF_HOSTED: Final = frozenset({"RoomService", "AgentDispatchService", "Egress", "Ingress", "SIP"})
"""The services of a self-hosted server; the others are LiveKit Cloud's."""
_ALL: Final = SELF_HOSTED | {row.service for row in all_methods()}


def served(config: WorldConfig) -> frozenset[str]:
    """Names of the services that a server of this profile has."""
    return _ALL if config.cloud else SELF_HOSTED
