"""Stores of handled events in Redis, for several processes and machines.

A claim is a lease: a key that ends by itself after some seconds. When the work is done, the key is
written again with the full ttl. So if a process is killed while handling an event, the claim ends
with its lease, and the next delivery of the event is handled.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import threading
import uuid
from typing import Any, Final, Literal, Protocol, TypeAlias

from lkapi.errors import SettingsError, WebhookStoreError
from lkapi.webhook.dedupe import DAY, in_progress

__all__ = ["AsyncRedisEventStore", "RedisEventStore", "WhenDown"]

LEASE: Final = 10.0
"""LiveKit's last attempt comes 15 s after the first: the lease must have ended by then."""

WhenDown: TypeAlias = Literal["handle", "refuse"]
"""What happens to an event while Redis does not respond.

``handle`` (fail open): it counts as new, and may be handled twice. ``refuse`` (fail closed):
``WebhookStoreError``, so that the route responds with 503 and LiveKit tries again for some 15 s.
"""

_HANDLED: Final = "1"
_RELEASE: Final = """
if redis.call("get", KEYS[1]) == ARGV[1] then
    return redis.call("del", KEYS[1])
end
return 0
"""
"""Releases only one's own claim: after the lease, another worker may have claimed the event."""

_log = logging.getLogger("lkapi.webhook")


class _Redis(Protocol):
    """The methods used of ``redis.Redis``, or of its asynchronous counterpart."""

    def set(self, name: str, value: str, *, nx: bool, px: int) -> Any: ...

    def get(self, name: str) -> Any: ...

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any: ...


class _RedisBase:
    """What the two Redis stores have in common."""

    def __init__(
        self,
        client: _Redis,
        *,
        when_down: WhenDown,
        ttl: float = DAY,
        lease: float = LEASE,
        prefix: str = "lkapi:webhook:",
    ) -> None:
        """Use a client of the ``redis`` package (``pip install lkapi-sdk[redis]``).

        Args:
            client: you configure and close it; give it short timeouts and few retries.
            when_down: whether an event counts as new or is refused while Redis does not respond.
                There is no default: you choose between perhaps twice and perhaps never.
            ttl: seconds for which a handled event is remembered.
            lease: seconds for which a claim lasts. In a route, it must be less than the 15 s for
                which LiveKit repeats a delivery. In a worker of a queue, it must be longer than the
                longest task, and shorter than the time after which the queue redelivers the task of
                a killed worker.
            prefix: prefix of every key's name.
        """
        if ttl < 0.001 or lease < 0.001:
            raise SettingsError("ttl and lease must be at least a millisecond")
        if when_down not in ("handle", "refuse"):
            raise SettingsError(f"when_down must be 'handle' or 'refuse', not {when_down!r}")
        self._client, self._when_down, self._prefix = client, when_down, prefix
        self._ttl_ms, self._lease_ms = round(ttl * 1000), round(min(lease, ttl) * 1000)
        self._name = uuid.uuid4().hex
        self._errors = _redis_errors()

    def _claim(self, event_id: str) -> Any:
        key = self._prefix + event_id
        return self._client.set(key, self._holder(), nx=True, px=self._lease_ms)

    def _look(self, event_id: str) -> Any:
        return self._client.get(self._prefix + event_id)

    def _complete(self, event_id: str) -> Any:
        return self._client.set(self._prefix + event_id, _HANDLED, nx=False, px=self._ttl_ms)

    def _release(self, event_id: str) -> Any:
        return self._client.eval(_RELEASE, 1, self._prefix + event_id, self._holder())

    def _holder(self) -> str:
        """Names who claims: a process (a forked one too has its own name), a thread and a task."""
        return f"{self._name}.{os.getpid()}.{threading.get_ident()}.{_task()}"

    def _handle_without_redis(self, event_id: str, error: Exception) -> bool:
        if self._when_down == "refuse":
            raise WebhookStoreError(f"Redis did not say whether {event_id} was handled") from error
        _log.warning("Redis did not respond; event %s is handled, perhaps again", event_id)
        return True


class RedisEventStore(_RedisBase):
    """Remembers ids in Redis, for several processes: a lease during the work, then the full ttl."""

    def claim(self, event_id: str) -> bool:
        """Claim an event for the length of the lease; False if it was handled before.

        Raises:
            WebhookInProgressError: if another worker is handling it.
            WebhookStoreError: if Redis does not respond, and ``when_down`` is ``refuse``.
        """
        try:
            if self._claim(event_id):
                return True
            found = self._look(event_id)
        except self._errors as error:
            return self._handle_without_redis(event_id, error)
        return _not_mine(event_id, found)

    def complete(self, event_id: str) -> None:
        """Remember an event as handled; without Redis, it counts as new when the lease ends."""
        try:
            self._complete(event_id)
        except self._errors:
            _warn_of_completion(event_id)

    def release(self, event_id: str) -> None:
        """Release an event; if Redis does not respond, it stays claimed until the lease ends."""
        try:
            self._release(event_id)
        except self._errors:
            _warn_of_release(event_id)


class AsyncRedisEventStore(_RedisBase):
    """`RedisEventStore` over ``redis.asyncio``."""

    async def claim(self, event_id: str) -> bool:
        """Claim an event for the length of the lease; False if it was handled before.

        Raises:
            WebhookInProgressError: if another worker is handling it.
            WebhookStoreError: if Redis does not respond, and ``when_down`` is ``refuse``.
        """
        try:
            if await self._claim(event_id):
                return True
            found = await self._look(event_id)
        except self._errors as error:
            return self._handle_without_redis(event_id, error)
        return _not_mine(event_id, found)

    async def complete(self, event_id: str) -> None:
        """Remember an event as handled; without Redis, it counts as new when the lease ends."""
        try:
            await self._complete(event_id)
        except self._errors:
            _warn_of_completion(event_id)

    async def release(self, event_id: str) -> None:
        """Release an event; if Redis does not respond, it stays claimed until the lease ends."""
        try:
            await self._release(event_id)
        except self._errors:
            _warn_of_release(event_id)


def _not_mine(event_id: str, found: bytes | str | None) -> Literal[False]:
    """Distinguish a handled event from one that another worker has, or had a moment ago."""
    if found is not None and found in (_HANDLED, _HANDLED.encode()):
        return False
    raise in_progress(event_id)


def _task() -> int:
    try:
        return id(asyncio.current_task())
    except RuntimeError:
        return 0


def _warn_of_completion(event_id: str) -> None:
    _log.warning("Redis did not respond; event %s was handled, but may be handled again", event_id)


def _warn_of_release(event_id: str) -> None:
    _log.warning("Redis did not respond; event %s stays claimed until its lease ends", event_id)


def _redis_errors() -> tuple[type[Exception], ...]:
    try:
        exceptions: Any = importlib.import_module("redis.exceptions")
    except ImportError:
        raise SettingsError(
            "a Redis store needs the redis package: pip install 'lkapi-sdk[redis]'"
        ) from None
    return (exceptions.RedisError, OSError)
