"""The services of each profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lkapi.devserver.runtime.config import WorldConfig

__all__ = ["SELF_HOSTED", "served"]

SELF_HOSTED: Final = frozenset({"RoomService", "AgentDispatchService", "Egress", "Ingress", "SIP"})
"""The services of a self-hosted server; the others are LiveKit Cloud's."""
_CLOUD: Final = SELF_HOSTED | {
    *("AgentSimulation", "CloudAgent", "Connector", "PhoneNumberService", "Replay"),
}
"""A copy, since the rows of all services would load every message; a test compares them."""


def served(config: WorldConfig) -> frozenset[str]:
    """Names of the services that a server of this profile has."""
    return _CLOUD if config.cloud else SELF_HOSTED
