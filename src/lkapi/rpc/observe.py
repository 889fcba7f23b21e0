"""Watching calls: the hooks around each attempt, and the records of ``record_calls()``.

Nothing here carries a token, a request body or a response body.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from contextlib import AbstractContextManager

    from lkapi.errors import Attempt, LiveKitError

__all__ = [
    "CallInfo",
    "CallRecord",
    "Hooks",
    "Recorder",
    "RequestInfo",
    "ResponseInfo",
    "RetryInfo",
    "Telemetry",
]


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


class Telemetry(Protocol):
    """Follows calls from start to end, in the calling thread or task; see ``lkapi.otel``.

    Each method returns a context manager, and ``with`` binds a function that is called with the
    outcome. An attempt without a response, or a cancelled call, leaves the block by an exception
    instead.
    """

    def watch_call(self, info: CallInfo) -> AbstractContextManager[Callable[[CallRecord], object]]:
        """Surround a call with all its attempts."""
        ...

    def watch_attempt(
        self, info: RequestInfo
    ) -> AbstractContextManager[Callable[[ResponseInfo], object]]:
        """Surround one attempt."""
        ...


@attrs.frozen
class Hooks:
    """Functions that are called as attempts go by, in the calling thread or task.

    They must not block; what they raise ends the call and reaches its caller.
    """

    on_request: Callable[[RequestInfo], object] | None = None
    on_response: Callable[[ResponseInfo], object] | None = None
    on_retry: Callable[[RetryInfo], object] | None = None
    telemetry: Telemetry | None = None


class Recorder:
    """The open ``record_calls()`` blocks of one client, as seen from the current task or thread."""

    def __init__(self) -> None:
        self._open: ContextVar[tuple[list[CallRecord], ...]] = ContextVar("lkapi_calls")

    @property
    def active(self) -> bool:
        """Whether anyone listens."""
        return bool(self._open.get(_NOBODY))

    def add(self, record: CallRecord) -> None:
        """Hand a record to every open block."""
        for calls in self._open.get(_NOBODY):
            calls.append(record)

    @contextlib.contextmanager
    def listen(self) -> Generator[list[CallRecord], None, None]:
        """Collect the calls made inside the block; tasks started inside it count too."""
        calls: list[CallRecord] = []
        token = self._open.set((*self._open.get(_NOBODY), calls))
        try:
            yield calls
        finally:
            self._open.reset(token)


_NOBODY: Final[tuple[list[CallRecord], ...]] = ()
