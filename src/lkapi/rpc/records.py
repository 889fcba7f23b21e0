"""The values that hooks and ``record_calls()`` get; they are made only if they are used.

Nothing here contains a token, a request body or a response body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.errors import Attempt, LiveKitError

__all__ = ["CallInfo", "CallRecord", "RequestInfo", "ResponseInfo", "RetryInfo"]


@attrs.frozen(kw_only=True)
class CallInfo:
    """A call that is about to be made."""

    method: str
    """``RoomService/CreateRoom``"""
    request_id: str
    """The same on each attempt."""
    origin: str
    """The server that the user named."""


@attrs.frozen(kw_only=True)
class RequestInfo:
    """An attempt that is about to be sent."""

    method: str
    """``RoomService/CreateRoom``"""
    request_id: str
    """The same on each attempt of a call."""
    origin: str
    attempt: int
    """1 for the first."""
    timeout: float
    """Seconds that this attempt may take."""
    verb: str
    """``POST``, or ``GET`` for analytics."""
    url: str


@attrs.frozen(kw_only=True)
class ResponseInfo:
    """The response to one attempt, success or error."""

    method: str
    request_id: str
    origin: str
    attempt: int
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    elapsed: float
    """Seconds that this attempt took."""


@attrs.frozen(kw_only=True)
class RetryInfo:
    """A failed attempt that will be retried."""

    method: str
    request_id: str
    attempt: int
    """The number of the attempt that failed."""
    origin: str
    """Where it failed."""
    next_origin: str
    """Where the next attempt goes."""
    wait: float
    """Seconds until the next attempt."""
    reason: str
    """The outcome of the attempt: ``HTTP 503 unavailable``, ``timed out``."""


@attrs.frozen(kw_only=True)
class CallRecord:
    """One finished call."""

    method: str
    request_id: str
    status: int | None
    """HTTP status of the last response; None if there was none."""
    headers: Mapping[str, str]
    """Headers of the last response, names in lower case."""
    attempts: tuple[Attempt, ...]
    """Every attempt, the successful one included."""
    region: str
    """Host that sent the last response."""
    elapsed: float
    """Seconds from start to end, waits included."""
    error: LiveKitError | None
    """The exception that the call raised; None if it succeeded."""
