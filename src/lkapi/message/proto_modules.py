"""The Python module of each proto file, for the generator and for ``pool.python_class``."""

from __future__ import annotations

from typing import Final

__all__ = ["MODULES"]

_PLAIN: Final = (
    "agent",
    "agent_dispatch",
    "agent_simulation",
    "agentdb",
    "cloud_agent",
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
)

MODULES: Final[dict[str, str]] = {
    **{f"livekit_{name}.proto": f"lkapi.protocol.{name}" for name in _PLAIN},
    "agent/livekit_agent_session.proto": "lkapi.protocol.agent_pb.agent_session",
    "cloud_replay.proto": "lkapi.protocol.cloud_replay",
    "google/protobuf/empty.proto": "lkapi.message.wellknown",
}
"""Name of the proto file to name of the module with its classes."""
