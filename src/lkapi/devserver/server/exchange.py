"""What a front end must do for one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from lkapi.transports.base import Response

__all__ = ["Exchange"]


@attrs.frozen
class Exchange:
    """A response, and how a front end must send it."""

    response: Response
    waited: float = 0.0
    """Seconds of waits and delays, on the world's clock."""
    delay: float = 0.0
    """Seconds that a front end must let pass before it responds."""
    drop: bool = False
    """Whether to close the connection without a response."""
    refused: bool = False
    """Whether to refuse the connection itself, in front ends that can do that."""
    truncate: int | None = None
    """Bytes of the body after which to close the connection."""
