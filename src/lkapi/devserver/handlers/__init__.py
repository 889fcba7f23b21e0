"""What the embedded server does for each remote method: one function per row."""

from __future__ import annotations

from lkapi.devserver.handlers import (
    agent_dispatch,
    connector,
    data,
    egress,
    ingress,
    participant,
    phone_number,
    room,
    rpc,
    sip_calls,
    sip_rules,
    sip_trunks,
)
from lkapi.devserver.handlers.registry import Handler, find_handler, handles

__all__ = [
    "Handler",
    "agent_dispatch",
    "connector",
    "data",
    "egress",
    "find_handler",
    "handles",
    "ingress",
    "participant",
    "phone_number",
    "room",
    "rpc",
    "sip_calls",
    "sip_rules",
    "sip_trunks",
]
