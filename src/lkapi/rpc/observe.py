"""Observing calls: the hooks around each attempt, and the recording of calls."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from lkapi.rpc.records import CallInfo, CallRecord, RequestInfo, ResponseInfo, RetryInfo

__all__ = [
    "Hooks",
    "Recorder",
    "Telemetry",
]


class Telemetry(Protocol):
    """Observes calls from start to end, in the calling thread or task; see ``lkapi.otel``.

    Each method returns a context manager; ``with … as`` binds a function that is called with the
    outcome. If an attempt gets no response, or a call is cancelled, the block is left with an
    exception instead.
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
    """Functions that are called for each attempt, in the calling thread or task.

    They must not block; an exception from them ends the call and is passed to its caller.
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
        """Whether any block is open."""
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
