"""The in-process transport: promises of both transport protocols, clocks, threads and loops."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from lkapi.devserver import (
    DevServer,
    InProcessTransport,
    SystemClock,
    VirtualClock,
    World,
    WorldConfig,
)
from lkapi.errors import RequestTimeoutError
from lkapi.transports.base import AsyncTransport, Request, SyncTransport
from tests.devserver.tokens import KEYS, video

SEND = "http://any.example/twirp/livekit.RoomService/SendData"
CONFIG = WorldConfig(keys=KEYS)


def send_data(now: float, timeout: float) -> Request:
    token = video(now, roomAdmin=True, room="r")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return Request("POST", SEND, headers, b'{"room":"r"}', timeout)


def test_it_is_both_kinds_of_transport() -> None:
    """One object for sync and async clients, over a world, a server or a new one."""
    server = DevServer(World())
    transport = InProcessTransport(server)
    sync: SyncTransport = transport
    parallel: AsyncTransport = transport
    assert sync.send(Request("GET", "http://x/")).content == b"OK"
    assert asyncio.run(parallel.asend(Request("GET", "http://x/"))).content == b"OK"
    asyncio.run(parallel.aclose())
    sync.close()
    assert sync.send(Request("GET", "http://x/")).status == 200
    assert InProcessTransport(server.world).world is transport.world


def test_waits_pass_on_a_virtual_clock() -> None:
    """3 s pass at once; a shorter timeout of the request is a timeout, the server having acted."""
    world = World(clock=VirtualClock(1_800_000_000), config=CONFIG)
    transport = InProcessTransport(world)
    assert transport.send(send_data(world.clock.now(), 10)).status == 503
    assert world.clock.now() == 1_800_000_003
    with pytest.raises(RequestTimeoutError) as caught:
        transport.send(send_data(world.clock.now(), 2))
    assert caught.value.sent
    with pytest.raises(RequestTimeoutError):
        asyncio.run(transport.asend(send_data(world.clock.now(), 2)))


def test_waits_are_skipped_on_the_system_clock() -> None:
    """By default nobody waits, and nothing times out."""
    server = DevServer(World(config=CONFIG))
    exchange = server.exchange(send_data(time.time(), 1))
    assert (exchange.waited, exchange.delay) == (3.0, 0.0)
    assert InProcessTransport(server).send(send_data(time.time(), 1)).status == 503


def test_real_waits_time_out_in_real_time() -> None:
    """With real waits a request gives up after its own timeout."""
    transport = InProcessTransport(World(clock=SystemClock(real_waits=True), config=CONFIG))
    before = time.monotonic()
    with pytest.raises(RequestTimeoutError):
        transport.send(send_data(time.time(), 0.1))
    with pytest.raises(RequestTimeoutError):
        asyncio.run(transport.asend(send_data(time.time(), 0.1)))
    assert time.monotonic() - before >= 0.2


def test_threads_and_loops_share_one_world() -> None:
    """Many loops in many threads make their rooms side by side."""
    transport = InProcessTransport(World(config=CONFIG))
    token = video(time.time(), roomCreate=True)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    url = "http://x/twirp/livekit.RoomService/CreateRoom"

    async def many(number: int) -> None:
        bodies = [f'{{"name":"{number}-{call}"}}'.encode() for call in range(20)]
        await asyncio.gather(*(transport.asend(Request("POST", url, headers, b)) for b in bodies))

    threads = [threading.Thread(target=asyncio.run, args=(many(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(transport.world.rooms) == 160


def test_clocks_do_not_go_back() -> None:
    """A negative advance is refused by both clocks."""
    for clock in (VirtualClock(), SystemClock()):
        with pytest.raises(ValueError, match="cannot go back"):
            clock.advance(-1)


def test_advancing_the_system_clock_ages_rooms_not_tokens() -> None:
    """A token of the computer's time stays good in a world that was moved on."""
    world = World(config=CONFIG)
    world.clock.advance(10_000)
    joined = world.join(video(time.time(), roomJoin=True, room="r"))
    assert joined.info.joined_at >= int(time.time()) + 9_999


def test_reprs_show_no_secret() -> None:
    """Neither the world nor what stands on it shows its API secrets."""
    transport = InProcessTransport(World(config=CONFIG))
    joined = transport.world.join(video(time.time(), roomJoin=True, room="r"))
    shown = f"{transport!r} {transport.server!r} {transport.world!r} {joined!r} {CONFIG!r}"
    assert not any(secret in shown for secret in KEYS.values())
