"""What ``livekit.api.access_token`` offers, under the same names."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from lkapi._words import lower_camel as snake_to_lower_camel
from lkapi.auth import (
    AccessToken,
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    Claims,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    TokenVerifier,
    VideoGrants,
)

if TYPE_CHECKING:
    from lkapi.protocol.room import RoomConfiguration

__all__ = [
    "DEFAULT_LEEWAY",
    "DEFAULT_TTL",
    "AccessToken",
    "AgentEndpointGrants",
    "AgentGrants",
    "AgentThreadGrants",
    "Claims",
    "InferenceGrants",
    "ObservabilityGrants",
    "RoomConfiguration",
    "SIPGrants",
    "TokenVerifier",
    "VideoGrants",
    "camel_to_snake",
    "snake_to_lower_camel",
]

DEFAULT_TTL: Final = dt.timedelta(hours=6)
"""Default lifetime of a token."""
DEFAULT_LEEWAY: Final = dt.timedelta(minutes=1)
"""Difference of clocks that a verifier allows."""


def camel_to_snake(name: str) -> str:
    """``canPublishData`` gives ``can_publish_data``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load messages only if ``RoomConfiguration`` is used: tokens need no messages."""
        if name != "RoomConfiguration":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from lkapi.protocol.room import RoomConfiguration

        return RoomConfiguration
