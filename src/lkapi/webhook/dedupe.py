"""Handling each event once, though it may be delivered more often.

LiveKit repeats a delivery, with the same id, unless it receives a 2xx response. A store remembers
ids: in this process, or in Redis for several processes.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from lkapi.errors import SettingsError, WebhookStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lkapi.protocol.webhook import WebhookEvent

__all__ = [
    "AsyncEventStore",
    "AsyncRedisEventStore",
    "EventStore",
    "MemoryEventStore",
    "RedisEventStore",
    "WhenDown",
    "ahandle_once",
    "handle_once",
]

DAY = 86400.0
WhenDown: TypeAlias = Literal["handle", "refuse"]
"""What happens to an event while Redis does not answer.

``handle`` (fail open): it counts as new, and may be handled twice. ``refuse`` (fail closed):
``WebhookStoreError``, so that the route answers 500 and LiveKit tries again, for some 15 s.
"""

_log = logging.getLogger("lkapi.webhook")


class EventStore(Protocol):
    """Remembers which events were handled."""

    def claim(self, event_id: str) -> bool:
        """Claim an event; False if it is claimed already. Must be atomic."""
        ...

    def release(self, event_id: str) -> None:
        """Release an event whose handling failed, so that its repetition is handled."""
        ...


class AsyncEventStore(Protocol):
    """The same for coroutines."""

    async def claim(self, event_id: str) -> bool:
        """Claim an event; False if it is claimed already. Must be atomic."""
        ...

    async def release(self, event_id: str) -> None:
        """Release an event whose handling failed, so that its repetition is handled."""
        ...


def handle_once(
    event: WebhookEvent, store: EventStore, handle: Callable[[WebhookEvent], Any]
) -> bool:
    """Handle an event unless it was handled before.

    The event is claimed first and released if ``handle`` raises, so that the repetition is handled.
    An event without id is always handled.

    Returns:
        Whether it was handled now.
    """
    if event.id and not store.claim(event.id):
        return False
    try:
        handle(event)
    except BaseException:
        if event.id:
            store.release(event.id)
        raise
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
    return True


async def _await_if_needed(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


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
            max_events: ids beyond this number push out the oldest.
            clock: gives seconds that only grow.
        """
        if ttl <= 0 or max_events <= 0:
            raise SettingsError("ttl and max_events must be above zero")
        self._ttl, self._max, self._clock = ttl, max_events, clock
        self._ends: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._ends)

    def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was claimed within the ttl."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            if event_id in self._ends:
                return False
            self._ends[event_id] = now + self._ttl
            if len(self._ends) > self._max:
                self._ends.popitem(last=False)
            return True

    def release(self, event_id: str) -> None:
        """Release an event."""
        with self._lock:
            self._ends.pop(event_id, None)

    def _forget(self, now: float) -> None:
        while self._ends:
            event_id, end = next(iter(self._ends.items()))
            if end > now:
                return
            del self._ends[event_id]


class _Redis(Protocol):
    """As much of ``redis.Redis``, or its asynchronous twin, as is used."""

    def set(self, name: str, value: str, *, nx: bool, px: int) -> Any: ...

    def delete(self, name: str, /) -> Any: ...


class _RedisBase:
    """What the two Redis stores share."""

    def __init__(
        self,
        client: _Redis,
        *,
        when_down: WhenDown,
        ttl: float = DAY,
        prefix: str = "lkapi:webhook:",
    ) -> None:
        """Use a client of the ``redis`` package (``pip install lkapi-sdk[redis]``).

        Args:
            client: yours to configure and to close; give it short timeouts and few retries.
            when_down: whether an event counts as new or is refused while Redis does not answer.
                There is no default: handling an event twice, or perhaps never, is your choice.
            ttl: seconds for which an id is remembered.
            prefix: begins the name of every key.
        """
        if ttl < 0.001:
            raise SettingsError("ttl must be at least a millisecond")
        if when_down not in ("handle", "refuse"):
            raise SettingsError(f"when_down is 'handle' or 'refuse', not {when_down!r}")
        self._client, self._when_down, self._prefix = client, when_down, prefix
        self._millis = round(ttl * 1000)
        self._errors = _redis_errors()

    def _claim(self, event_id: str) -> Any:
        return self._client.set(self._prefix + event_id, "1", nx=True, px=self._millis)

    def _release(self, event_id: str) -> Any:
        return self._client.delete(self._prefix + event_id)

    def _handle_without_redis(self, event_id: str, error: Exception) -> bool:
        if self._when_down == "refuse":
            raise WebhookStoreError(f"Redis did not say whether {event_id} was handled") from error
        _log.warning("Redis did not answer; event %s is handled, perhaps again", event_id)
        return True


class RedisEventStore(_RedisBase):
    """Remembers ids in Redis (``SET NX PX``, one atomic command), for several processes."""

    def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was claimed within the ttl.

        Raises:
            WebhookStoreError: if Redis does not answer, and ``when_down`` is ``refuse``.
        """
        try:
            return bool(self._claim(event_id))
        except self._errors as error:
            return self._handle_without_redis(event_id, error)

    def release(self, event_id: str) -> None:
        """Release an event; if Redis does not answer, it stays claimed until the ttl ends."""
        try:
            self._release(event_id)
        except self._errors:
            _log.warning("Redis did not answer; event %s stays taken", event_id)


class AsyncRedisEventStore(_RedisBase):
    """`RedisEventStore` over ``redis.asyncio``."""

    async def claim(self, event_id: str) -> bool:
        """Claim an event; False if it was claimed within the ttl.

        Raises:
            WebhookStoreError: if Redis does not answer, and ``when_down`` is ``refuse``.
        """
        try:
            return bool(await self._claim(event_id))
        except self._errors as error:
            return self._handle_without_redis(event_id, error)

    async def release(self, event_id: str) -> None:
        """Release an event; if Redis does not answer, it stays claimed until the ttl ends."""
        try:
            await self._release(event_id)
        except self._errors:
            _log.warning("Redis did not answer; event %s stays taken", event_id)


def _redis_errors() -> tuple[type[Exception], ...]:
    try:
        exceptions: Any = importlib.import_module("redis.exceptions")
    except ImportError:
        raise SettingsError("a Redis store needs the redis package: lkapi-sdk[redis]") from None
    return (exceptions.RedisError, OSError)
