"""Stores over a real Redis; left out, and counted as such, where there is no redis-server."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lkapi.webhook import AsyncRedisEventStore, RedisEventStore

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


def test_claiming_and_releasing(port: int) -> None:
    """An id is claimed once, with an end, under the prefix; released, it is new."""
    with redis.Redis(port=port) as client:
        store = RedisEventStore(client, when_down="refuse", ttl=60, prefix="test:")
        other = RedisEventStore(client, when_down="refuse", ttl=60, prefix="test:")
        assert store.claim("EV_1") is True
        assert other.claim("EV_1") is False
        assert 0 < client.pttl("test:EV_1") <= 60_000
        store.release("EV_1")
        assert other.claim("EV_1") is True


async def test_claiming_and_releasing_asynchronously(port: int) -> None:
    """The asynchronous store shares its ids with the other."""
    import redis.asyncio as aioredis

    client = aioredis.Redis(port=port)
    try:
        store = AsyncRedisEventStore(client, when_down="refuse")
        assert await store.claim("EV_A") is True
        assert await store.claim("EV_A") is False
        await store.release("EV_A")
        assert await store.claim("EV_A") is True
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
