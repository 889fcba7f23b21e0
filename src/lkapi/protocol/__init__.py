"""The messages and enums of LiveKit, one module for each proto file, named as in livekit.protocol.

``lkapi.protocol.room`` and the others are loaded when first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lkapi.protocol import (
        agent,
        agent_dispatch,
        agent_pb,
        agent_simulation,
        agentdb,
        cloud_agent,
        cloud_replay,
        connector,
        connector_twilio,
        connector_whatsapp,
        egress,
        ingress,
        metrics,
        models,
        phone_number,
        room,
        rtc,
        sip,
        token_source,
        webhook,
    )

__all__ = [
    "agent",
    "agent_dispatch",
    "agent_pb",
    "agent_simulation",
    "agentdb",
    "cloud_agent",
    "cloud_replay",
    "connector",
    "connector_twilio",
    "connector_whatsapp",
    "egress",
    "ingress",
    "metrics",
    "models",
    "phone_number",
    "room",
    "rtc",
    "sip",
    "token_source",
    "webhook",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in __all__:
            return importlib.import_module(f"lkapi.protocol.{name}")
        raise AttributeError(f"module 'lkapi.protocol' has no attribute {name!r}")
