"""Handling each event once, although it may be delivered several times.

LiveKit repeats a delivery, with the same id, unless it receives a 2xx response. A store remembers
the ids of events that were handled, and of events that are being handled now. The stores in Redis,
for several processes, are in ``redis_stores.py``.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from lkapi.errors import SettingsError, WebhookInProgressError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lkapi.protocol.webhook import WebhookEvent

__all__ = [
    "AsyncEventStore",
    "EventStore",
    "MemoryEventStore",
    "ahandle_once",
    "handle_once",
]

DAY: Final = 86400.0


class EventStore(Protocol):
    """Remembers which events were handled.

    A store may also have ``complete(event_id)``, which `handle_once` calls after the handler. Then
    a claim can end after a short time, so that an event whose handler was killed is handled again.
    A store without it must remember an event from the claim on.
    """

    def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was handled before. Must be atomic.

        Raises:
            WebhookInProgressError: if another worker is handling it and may still fail. A store
                that cannot tell returns False.
        """
        ...

    def release(self, event_id: str) -> None:
        """Release an event whose handling failed, so that it is handled when delivered again."""
        ...


class AsyncEventStore(Protocol):
    """``EventStore`` for coroutines."""

    async def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was handled before. Must be atomic.

        Raises:
            WebhookInProgressError: if another worker is handling it and may still fail. A store
                that cannot tell returns False.
        """
        ...

    async def release(self, event_id: str) -> None:
        """Release an event whose handling failed, so that it is handled when delivered again."""
        ...


def handle_once(
    event: WebhookEvent, store: EventStore, handle: Callable[[WebhookEvent], Any]
) -> bool:
    """Handle an event unless it was handled before.

    The event is claimed first, released if ``handle`` raises, and remembered as handled when it
    returns. The event is handled at least once, provided that it is delivered again until this
    returns. It is handled only once, unless a process dies after the work and before the store
    knows of it, or the work takes longer than the store's lease. An event without id is always
    handled.

    Returns:
        True if it was handled now, False if it was handled before. Either way, the delivery may be
        acknowledged.

    Raises:
        WebhookInProgressError: another worker is handling it; let it be delivered again.
        WebhookStoreError: the store failed, and is configured to refuse events then.
    """
    if event.id and not store.claim(event.id):
        return False
    try:
        handle(event)
    except BaseException:
        if event.id:
            store.release(event.id)
        raise
    if event.id:
        _complete(store, event.id)
    return True


async def ahandle_once(
    event: WebhookEvent,
    store: EventStore | AsyncEventStore,
    handle: Callable[[WebhookEvent], Awaitable[Any]],
) -> bool:
    """`handle_once` for coroutines, with a store of either kind."""
    if event.id and not await _await_if_needed(store.claim(event.id)):
        return False
    try:
        await handle(event)
    except BaseException:
        if event.id:
            await _await_if_needed(store.release(event.id))
        raise
    if event.id:
        await _await_if_needed(_complete(store, event.id))
    return True


def _complete(store: EventStore | AsyncEventStore, event_id: str) -> Any:
    complete = getattr(store, "complete", None)
    return None if complete is None else complete(event_id)


async def _await_if_needed(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


class _Kept(NamedTuple):
    """What a memory store knows about an id."""

    end: float
    handled: bool


class MemoryEventStore:
    """Remembers ids in this process; bounded, and safe to share among threads."""

    def __init__(
        self,
        *,
        ttl: float = DAY,
        max_events: int = 100_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make an empty store.

        Args:
            ttl: seconds for which an id is remembered.
            max_events: beyond this number, the oldest ids are forgotten.
            clock: returns seconds that never go backwards.
        """
        if ttl <= 0 or max_events <= 0:
            raise SettingsError("ttl and max_events must be above zero")
        self._ttl, self._max, self._clock = ttl, max_events, clock
        self._ids: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._ids)

    def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was handled within the ttl.

        Raises:
            WebhookInProgressError: if another thread or task is handling it.
        """
        with self._lock:
            now = self._clock()
            self._forget(now)
            kept = self._ids.get(event_id)
            if kept is None:
                self._keep(event_id, now, handled=False)
                return True
        if kept.handled:
            return False
        raise in_progress(event_id)

    def complete(self, event_id: str) -> None:
        """Remember an event as handled, for the ttl from now."""
        with self._lock:
            self._ids.pop(event_id, None)
            self._keep(event_id, self._clock(), handled=True)

    def release(self, event_id: str) -> None:
        """Release an event; one that was handled stays handled."""
        with self._lock:
            kept = self._ids.get(event_id)
            if kept is not None and not kept.handled:
                del self._ids[event_id]

    def _keep(self, event_id: str, now: float, *, handled: bool) -> None:
        self._ids[event_id] = _Kept(now + self._ttl, handled)
        if len(self._ids) > self._max:
            self._ids.popitem(last=False)

    def _forget(self, now: float) -> None:
        while self._ids:
            event_id, kept = next(iter(self._ids.items()))
            if kept.end > now:
                return
            del self._ids[event_id]


def in_progress(event_id: str) -> WebhookInProgressError:
    """The error for a claim that comes while another worker is handling the event."""
    return WebhookInProgressError(
        f"event {event_id} is being handled by another worker: deliver it again later"
    )
