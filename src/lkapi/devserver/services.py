"""Which services a profile has, and the rows and handlers of their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.handlers import Handler, find_handler
from lkapi.methods import all_methods

if TYPE_CHECKING:
    from lkapi.devserver.config import WorldConfig

__all__ = ["SELF_HOSTED", "find_handlers", "served"]

SELF_HOSTED: Final = frozenset({"RoomService", "AgentDispatchService", "Egress", "Ingress", "SIP"})
"""The services of a self-hosted server; the others are LiveKit Cloud's."""
_ALL: Final = SELF_HOSTED | {row.service for row in all_methods()}


def served(config: WorldConfig) -> frozenset[str]:
    """Names of the services that answer."""
    return _ALL if config.cloud else SELF_HOSTED


def find_handlers(service: str) -> list[Handler[Any, Any]]:
    """The handlers that a service has so far."""
    found = [find_handler(row.path) for row in all_methods() if row.service == service]
    return [handler for handler in found if handler is not None]
