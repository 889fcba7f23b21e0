"""Stores of handled events, as far as they need no server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
from typing import Any

import pytest

from lkapi.errors import SettingsError, WebhookError, WebhookInProgressError, WebhookStoreError
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import (
    AsyncRedisEventStore,
    MemoryEventStore,
    RedisEventStore,
    ahandle_once,
    handle_once,
)


def test_an_id_is_claimed_once_within_the_ttl() -> None:
    """After the ttl, an id counts as new; the expired ones are forgotten."""
    now = [0.0]
    store = MemoryEventStore(ttl=10, clock=lambda: now[0])
    assert [store.claim("a"), store.claim("b")] == [True, True]
    now[0] = 5.0
    store.complete("a")
    assert store.claim("a") is False
    now[0] = 10.0
    assert store.claim("b") is True
    now[0] = 15.0
    assert store.claim("a") is True
    assert len(store) == 2


def test_what_is_in_progress_is_neither_new_nor_done() -> None:
    """Who is told "handled" would drop the event, and it may still fail where it is handled."""
    store = MemoryEventStore()
    store.claim("a")
    with pytest.raises(WebhookInProgressError, match="event a is being handled"):
        store.claim("a")
    store.complete("a")
    store.release("a")
    assert store.claim("a") is False


def test_memory_is_bounded() -> None:
    """Beyond the limit, the oldest id is forgotten."""
    store = MemoryEventStore(max_events=3)
    for name in "abcd":
        assert store.claim(name)
        store.complete(name)
    assert len(store) == 3
    assert store.claim("d") is False
    assert store.claim("a") is True


def test_the_smallest_store_keeps_one_event_for_a_second() -> None:
    """Any limits above zero can be used."""
    store = MemoryEventStore(ttl=0.5, max_events=1, clock=lambda: 0.0)
    store.complete("a")
    assert store.claim("a") is False
    store.complete("b")
    assert len(store) == 1


def test_what_expired_long_ago_is_forgotten() -> None:
    """Not only what expires at this very moment."""
    now = 0.0
    store = MemoryEventStore(ttl=10, clock=lambda: now)
    store.complete("a")
    now = 100.0
    assert store.claim("b") is True
    assert len(store) == 1


def test_a_released_id_can_be_claimed_again() -> None:
    """What was given back is new; giving back what is not held does nothing."""
    store = MemoryEventStore()
    store.claim("a")
    store.release("a")
    store.release("a")
    assert store.claim("a") is True


def test_one_of_many_threads_gets_an_event() -> None:
    """Threads that claim the same ids get each exactly once."""
    store, won = MemoryEventStore(), list[str]()
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for name in map(str, range(200)):
            with contextlib.suppress(WebhookInProgressError):
                if store.claim(name):
                    won.append(name)
                    store.complete(name)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won, key=int) == [str(n) for n in range(200)]


def test_unusable_options_are_refused() -> None:
    """Limits have to be above zero; the choice for an absent Redis has to be made."""
    for options in ({"ttl": 0}, {"ttl": -1}, {"max_events": 0}, {"max_events": -1}):
        with pytest.raises(SettingsError, match="above zero"):
            MemoryEventStore(**options)
    pytest.importorskip("redis")
    with pytest.raises(SettingsError, match="ttl"):
        RedisEventStore(BrokenRedis(), when_down="handle", ttl=0)
    with pytest.raises(SettingsError, match="lease"):
        RedisEventStore(BrokenRedis(), when_down="handle", lease=0)
    with pytest.raises(SettingsError, match="when_down"):
        RedisEventStore(BrokenRedis(), when_down="maybe")  # type: ignore[arg-type]


def test_handling_once() -> None:
    """The second time nothing is called; an event without id is handled always."""
    store, calls = MemoryEventStore(), list[str]()
    event = WebhookEvent(id="EV_1")
    assert handle_once(event, store, lambda e: calls.append(e.id)) is True
    assert handle_once(event, store, lambda e: calls.append(e.id)) is False
    for _ in range(2):
        assert handle_once(WebhookEvent(), store, lambda e: calls.append("no id")) is True
    assert calls == ["EV_1", "no id", "no id"]


async def test_a_failure_gives_the_event_back() -> None:
    """If handling fails, or is cancelled, the repetition is handled."""
    store = MemoryEventStore()

    def fail(event: WebhookEvent) -> None:
        raise ValueError("no")

    async def stop(event: WebhookEvent) -> None:
        raise asyncio.CancelledError

    for event in (WebhookEvent(id="EV_1"), WebhookEvent()):
        with pytest.raises(ValueError, match="no"):
            handle_once(event, store, fail)
        with pytest.raises(asyncio.CancelledError):
            await ahandle_once(event, store, stop)
    assert len(store) == 0


class BrokenRedis:
    """A client whose server is away."""

    def set(self, name: str, value: str, *, nx: bool, px: int) -> Any:
        raise ConnectionRefusedError("redis is away")

    def get(self, name: str) -> Any:
        raise ConnectionRefusedError("redis is away")

    def eval(self, script: str, numkeys: int, /, *keys_and_args: str) -> Any:
        raise ConnectionRefusedError("redis is away")


class NotingRedis(BrokenRedis):
    """A client that notes for how long it was asked to keep a key."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def set(self, name: str, value: str, *, nx: bool, px: int) -> Any:
        self.kept.append(px)
        return True


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [10_000, 86_400_000]),
        ({"lease": 0.001, "ttl": 0.001}, [1, 1]),
        ({"lease": 2.5, "ttl": 90.25}, [2_500, 90_250]),
        ({"lease": 60, "ttl": 30}, [30_000, 30_000]),
    ],
)
def test_how_long_redis_keeps_an_id(options: dict[str, float], kept: list[int]) -> None:
    """The lease and then the ttl, in milliseconds; a lease is not longer than the ttl."""
    pytest.importorskip("redis")
    client = NotingRedis()
    store = RedisEventStore(client, when_down="refuse", **options)
    assert store.claim("EV_1")
    store.complete("EV_1")
    assert client.kept == kept


class BrokenAsyncRedis:
    async def set(self, name: str, value: str, *, nx: bool, px: int) -> Any:
        raise ConnectionRefusedError("redis is away")

    async def get(self, name: str) -> Any:
        raise ConnectionRefusedError("redis is away")

    async def eval(self, script: str, numkeys: int, /, *keys_and_args: str) -> Any:
        raise ConnectionRefusedError("redis is away")


async def test_without_redis_events_are_handled_or_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Fail open handles and warns; fail closed raises, and no WebhookError: answer 5xx, not 4xx."""
    pytest.importorskip("redis")
    caplog.set_level(logging.WARNING)
    assert RedisEventStore(BrokenRedis(), when_down="handle").claim("EV_1") is True
    assert await AsyncRedisEventStore(BrokenAsyncRedis(), when_down="handle").claim("EV_2") is True
    assert "EV_1" in caplog.text
    assert "EV_2" in caplog.text
    with pytest.raises(WebhookStoreError) as caught:
        RedisEventStore(BrokenRedis(), when_down="refuse").claim("EV_3")
    assert not isinstance(caught.value, WebhookError)
    with pytest.raises(WebhookStoreError, match="EV_4"):
        await AsyncRedisEventStore(BrokenAsyncRedis(), when_down="refuse").claim("EV_4")
    RedisEventStore(BrokenRedis(), when_down="refuse").release("EV_5")
    await AsyncRedisEventStore(BrokenAsyncRedis(), when_down="refuse").release("EV_6")
    assert "EV_5 stays claimed" in caplog.text
    assert "EV_6 stays claimed" in caplog.text


async def test_work_that_is_done_does_not_fail_because_the_note_of_it_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failure would bring the event again, though it was handled; a warning says so instead."""
    pytest.importorskip("redis")
    caplog.set_level(logging.WARNING)
    handled = list[str]()

    async def note(event: WebhookEvent) -> None:
        handled.append(event.id)

    one, other = WebhookEvent(id="EV_1"), WebhookEvent(id="EV_2")
    store = RedisEventStore(BrokenRedis(), when_down="handle")
    assert handle_once(one, store, lambda e: handled.append(e.id)) is True
    astore = AsyncRedisEventStore(BrokenAsyncRedis(), when_down="handle")
    assert await ahandle_once(other, astore, note) is True
    assert handled == ["EV_1", "EV_2"]
    assert "EV_1 was handled, but may be handled again" in caplog.text
    assert "EV_2 was handled, but may be handled again" in caplog.text


class PlainStore:
    """A store that a user wrote: claims and releases, and nothing else."""

    def __init__(self) -> None:
        self.ids = set[str]()

    def claim(self, event_id: str) -> bool:
        new = event_id not in self.ids
        self.ids.add(event_id)
        return new

    def release(self, event_id: str) -> None:
        self.ids.discard(event_id)


async def test_a_store_need_not_know_of_completion() -> None:
    """One that only claims and releases remembers from the claim on, as it always did."""
    store, handled = PlainStore(), list[str]()

    async def note(event: WebhookEvent) -> None:
        handled.append(event.id)

    for event in (WebhookEvent(id="EV_1"), WebhookEvent(id="EV_1")):
        handle_once(event, store, lambda e: handled.append(e.id))
        await ahandle_once(event, store, note)
    assert handled == ["EV_1"]


def test_the_redis_package_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, the error names the extra to install."""
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    with pytest.raises(SettingsError, match=r"lkapi-sdk\[redis\]"):
        RedisEventStore(BrokenRedis(), when_down="handle")
