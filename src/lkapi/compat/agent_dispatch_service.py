"""What ``livekit.api.agent_dispatch_service`` offers, under the same names."""

from __future__ import annotations

from typing import Final

from lkapi.auth import VideoGrants
from lkapi.protocol.agent_dispatch import (
    AgentDispatch,
    CreateAgentDispatchRequest,
    DeleteAgentDispatchRequest,
    ListAgentDispatchRequest,
    ListAgentDispatchResponse,
)
from lkapi.services._base import Service
from lkapi.services.agent_dispatch import AgentDispatchService

__all__ = [
    "SVC",
    "AgentDispatch",
    "AgentDispatchService",
    "CreateAgentDispatchRequest",
    "DeleteAgentDispatchRequest",
    "ListAgentDispatchRequest",
    "ListAgentDispatchResponse",
    "Service",
    "VideoGrants",
]

SVC: Final = "AgentDispatchService"
"""Name of the service on the wire."""
