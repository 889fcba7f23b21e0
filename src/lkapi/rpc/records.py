"""What hooks are told and ``record_calls()`` gives: values that are made only for those who listen.

Nothing here carries a token, a request body or a response body.
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
    """A failed attempt that will be followed by another."""

    method: str
    request_id: str
    attempt: int
    """The number of the attempt that failed."""
    origin: str
    """Where it failed."""
    next_origin: str
    """Where the next attempt goes."""
    wait: float
    """Seconds until then."""
    reason: str
    """What came of the attempt: ``HTTP 503 unavailable``, ``timed out``."""


@attrs.frozen(kw_only=True)
class CallRecord:
    """One finished call."""

    method: str
    request_id: str
    status: int | None
    """HTTP status of the last response; None when none came."""
    headers: Mapping[str, str]
    """Headers of the last response, names in lower case."""
    attempts: tuple[Attempt, ...]
    """Every attempt, the successful one included."""
    region: str
    """Host that sent the last response."""
    elapsed: float
    """Seconds from start to end, waits included."""
    error: LiveKitError | None
    """What the call raised; None when it succeeded."""
