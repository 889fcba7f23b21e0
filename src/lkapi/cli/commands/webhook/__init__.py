"""``lkapi webhook``: receiving, sending, replaying and verifying; one module for each command."""

from __future__ import annotations

from typing import Final

from lkapi.cli.groups import LazyGroup

__all__ = ["group"]

_HERE: Final = "lkapi.cli.commands.webhook"

group = LazyGroup(
    "webhook",
    {
        "listen": (f"{_HERE}.listen", "Print verified deliveries as they come, and pass them on."),
        "send": (f"{_HERE}.send", "Send an event, signed as LiveKit signs."),
        "replay": (f"{_HERE}.replay", "Send again what `listen --record` kept."),
        "verify": (f"{_HERE}.verify", "Say whether a delivery is genuine, and why not."),
    },
    help="Receive, send, replay and verify webhooks.",
)
