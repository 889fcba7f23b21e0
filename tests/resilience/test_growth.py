"""What a long run keeps is bounded, and the measurements of growth measure what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.growth import bulk, clients, long_run, series
from benchmarks.growth.__main__ import is_flat
from benchmarks.growth.alone import alone
from benchmarks.growth.server import Server, serving
from lkapi.client import LiveKitAPI
from lkapi.methods.info import Needs
from lkapi.rpc.tokens import LIFETIME, TokenSource
from lkapi.settings import APIKey
from lkapi.transports.options import HTTPOptions
from lkapi.transports.targets import Targets

needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


def test_tokens_of_many_rooms_are_bounded() -> None:
    """A room's admin token is kept for that room: with ever new rooms, some are forgotten."""
    now = [1_800_000_000.0]
    tokens = TokenSource(APIKey(key="devkey", secret="secret"), now=lambda: now[0])
    most = 0
    for number in range(5000):
        tokens.authorization(Needs.of(video={"roomAdmin": True, "room": f"room-{number}"}), 10.0)
        most = max(most, len(tokens._cache))
    assert 4000 < most <= 4096


def test_a_token_is_replaced_and_not_added_to() -> None:
    """Over twenty minutes, each need has one token at a time."""
    now = [1_800_000_000.0]
    tokens = TokenSource(APIKey(key="devkey", secret="secret"), now=lambda: now[0])
    seen = set[str]()
    for _ in range(120):
        seen.add(tokens.authorization(Needs.of(video={"roomCreate": True}), 10.0))
        now[0] += 10.0
    assert len(tokens._cache) == 1
    assert len(seen) == 1200 / (LIFETIME / 2)


def test_urls_are_bounded() -> None:
    """A client that is used for ever new hosts forgets some."""
    targets = Targets(HTTPOptions(trust_env=False))
    for number in range(1000):
        assert targets.find(f"https://host-{number}.example/twirp").host == f"host-{number}.example"
        assert len(targets._known) <= 256


@needs_proc
def test_a_long_run_keeps_nothing(server: Server) -> None:
    """Twenty minutes of token lifetimes, failures and moves to another region included."""
    outcome = alone(long_run.run, home=server.home, calls=1000, concurrent=20, rooms=300)
    assert outcome["minutes"] == pytest.approx(20)
    assert outcome["tokens_signed"] > outcome["tokens_kept_at_most"] == 151
    assert (outcome["region_lists_read"], outcome["regions_kept"]) == (2, 1)
    assert is_flat(outcome)
    assert not is_flat({**outcome, "grown_kb": 8 * 1024})
    assert not is_flat({**outcome, "tokens_kept_at_most": 4097})


@needs_proc
def test_memory_of_clients(server: Server) -> None:
    """A client is small; both kinds, and connections, are counted.

    Alone: this process may give back memory of earlier tests meanwhile.
    """
    for sync in (False, True):
        found = alone(clients.many_clients, home=server.home, count=50, sync=sync)
        assert found["clients"] == 50
        assert found["kb_made"] <= found["kb_with_a_connection"] < 200
    assert clients.idle_connections(server.home, 30)["connections"] == 30


@needs_proc
def test_series(server: Server) -> None:
    """Plain numbers, a point for each place on the axis."""
    calls = series.call_cost(server.home, concurrency=(1, 4), calls=20)
    assert [point["concurrency"] for point in calls] == [1, 4]
    lists = series.list_cost(server.home, participants=(10, 500, 1000))
    assert lists[0]["cpu_us"] < lists[-1]["cpu_us"]
    hooks = series.webhook_cost(sizes=(500, 5000), number=3)
    assert [point["body_bytes"] for point in hooks] == pytest.approx([500, 5000], abs=20)
    assert series.big_room(server.home, 200)["participants"] == 200


def test_the_slope() -> None:
    """Of a straight line, it is the line's."""
    points = [{"x": float(x), "y": 3.0 * x + 2} for x in range(5)]
    assert series.slope(points, "x", "y") == {"slope": 3.0, "intercept": 2.0, "r_squared": 1.0}


@needs_proc
@pytest.mark.skipif(not hasattr(LiveKitAPI, "bulk"), reason="this version has no bulk helper")
def test_bulk_over_rooms(server: Server) -> None:
    """Every room is written."""
    found = bulk.over_rooms(server.home, 60, limit=10)
    assert found is not None
    assert (found["rooms"], found["succeeded"]) == (60, 60)
