"""Stores over a real Redis; left out, and counted as such, where there is no redis-server."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lkapi.errors import WebhookInProgressError
from lkapi.webhook import AsyncRedisEventStore, RedisEventStore, WebhookEvent, handle_once

redis = pytest.importorskip("redis", reason="the redis package is not installed")
SERVER = shutil.which("redis-server")

pytestmark = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis of the tests' own, nothing of it kept."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(free), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    assert SERVER is not None
    process = subprocess.Popen([SERVER, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(free)
        yield free
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("redis-server did not start")


def test_claiming_and_completing(port: int) -> None:
    """A claim is a short lease under the prefix; completed, the id is kept for the ttl."""
    with redis.Redis(port=port) as client:
        store = RedisEventStore(client, when_down="refuse", ttl=60, lease=5, prefix="test:")
        other = RedisEventStore(client, when_down="refuse", ttl=60, lease=5, prefix="test:")
        assert store.claim("EV_1") is True
        assert 0 < client.pttl("test:EV_1") <= 5_000
        with pytest.raises(WebhookInProgressError, match="EV_1"):
            other.claim("EV_1")
        store.release("EV_1")
        assert other.claim("EV_1") is True
        other.complete("EV_1")
        assert 5_000 < client.pttl("test:EV_1") <= 60_000
        assert store.claim("EV_1") is False
        other.release("EV_1")
        assert store.claim("EV_1") is False, "what was handled stays so"


def test_a_claim_whose_holder_was_killed_ends(port: int) -> None:
    """The event of a process that died at work is new when its lease is over."""
    claim = (
        "import os, redis, signal\n"
        "from lkapi.webhook import RedisEventStore, WebhookEvent, handle_once\n"
        f"store = RedisEventStore(redis.Redis(port={port}), when_down='refuse', lease=0.2)\n"
        "die = lambda event: os.kill(os.getpid(), signal.SIGKILL)\n"
        "handle_once(WebhookEvent(id='EV_KILLED'), store, die)\n"
    )
    killed = subprocess.run([sys.executable, "-c", claim], check=False)
    assert killed.returncode == -signal.SIGKILL
    with redis.Redis(port=port) as client:
        store, handled = RedisEventStore(client, when_down="refuse", lease=0.2), list[str]()
        event = WebhookEvent(id="EV_KILLED")
        until = time.monotonic() + 10
        while not handled and time.monotonic() < until:
            with contextlib.suppress(WebhookInProgressError):
                handle_once(event, store, lambda e: handled.append(e.id))
        assert handled == ["EV_KILLED"]
        assert handle_once(event, store, lambda e: handled.append(e.id)) is False


def test_a_late_failure_does_not_give_back_what_somebody_else_has(port: int) -> None:
    """Who loses the lease by being slow, and then fails, leaves the new holder's claim alone."""
    with redis.Redis(port=port) as client, redis.Redis(port=port) as text_client:
        slow = RedisEventStore(client, when_down="refuse", prefix="late:")
        quick = RedisEventStore(text_client, when_down="refuse", prefix="late:")
        assert slow.claim("EV_1")
        client.delete("late:EV_1")  # as if the lease were over
        assert quick.claim("EV_1")
        slow.release("EV_1")
        with pytest.raises(WebhookInProgressError):
            slow.claim("EV_1")
        quick.complete("EV_1")
        assert slow.claim("EV_1") is False


def test_an_id_of_an_earlier_version_counts_as_handled(port: int) -> None:
    """Also with a client that decodes what Redis says."""
    with redis.Redis(port=port, decode_responses=True) as client:
        client.set("lkapi:webhook:EV_OLD", "1")
        store = RedisEventStore(client, when_down="refuse")
        assert store.claim("EV_OLD") is False
        assert store.claim("EV_TEXT") is True
        store.release("EV_TEXT")
        assert store.claim("EV_TEXT") is True
        store.complete("EV_TEXT")
        assert store.claim("EV_TEXT") is False


async def test_claiming_and_releasing_asynchronously(port: int) -> None:
    """The asynchronous store shares its ids with the other."""
    import redis.asyncio as aioredis

    client = aioredis.Redis(port=port)
    try:
        store = AsyncRedisEventStore(client, when_down="refuse")
        assert await store.claim("EV_A") is True
        with pytest.raises(WebhookInProgressError):
            await store.claim("EV_A")
        await store.release("EV_A")
        assert await store.claim("EV_A") is True

        async def release() -> None:
            await store.release("EV_A")

        await asyncio.create_task(release())  # another task's claim is not given back
        with pytest.raises(WebhookInProgressError):
            await store.claim("EV_A")
        await store.complete("EV_A")
        assert await store.claim("EV_A") is False
    finally:
        await client.aclose()
    with redis.Redis(port=port) as blocking:
        assert RedisEventStore(blocking, when_down="refuse").claim("EV_A") is False


def test_two_workers_handle_a_storm_once_each(port: int) -> None:
    """5,000 deliveries, a fifth of them repetitions, at two processes: each id is handled once."""
    shuffled = random.Random(7)
    ids = [f"EV_{number}" for number in range(4000)]
    deliveries = ids + shuffled.sample(ids, 1000)
    shuffled.shuffle(deliveries)
    halves = (deliveries[::2], deliveries[1::2])
    worker = Path(__file__).with_name("redis_worker.py")
    command = [sys.executable, str(worker), str(port)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in halves
    ]
    for process, half in zip(started, halves, strict=True):
        assert process.stdin is not None
        process.stdin.write("\n".join(half) + "\n")
        process.stdin.close()
        process.stdin = None
    handled: list[list[str]] = []
    for process in started:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        handled.append(out.split())
    assert all(handled), "both workers took part"
    assert sorted(handled[0] + handled[1]) == sorted(ids)
    print(f"storm: {len(deliveries)} deliveries, handled {len(handled[0])} + {len(handled[1])}")
