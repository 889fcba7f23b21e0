"""What a server tells a front end to do about one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from lkapi.transports.base import Response

__all__ = ["Exchange"]


@attrs.frozen
class Exchange:
    """An answer, and what a front end needs to know to give it."""

    response: Response
    waited: float = 0.0
    """Seconds of waits and delays, on whatever clock."""
    delay: float = 0.0
    """Seconds that a front end must let pass before it answers."""
    drop: bool = False
    """Whether to close the connection instead of answering."""
    refused: bool = False
    """Whether no connection comes about, where a front end can do that."""
    truncate: int | None = None
    """Bytes of the body after which to close the connection."""
