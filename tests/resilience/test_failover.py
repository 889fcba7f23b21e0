"""Failover over real sockets, beyond the official scenarios: time, memory, what is kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.devserver import DevServer, RegionalFrontEnd, World
from lkapi.rpc.records import CallRecord
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import without_waits
from lkapi.sync import SyncLiveKitAPI
from tests.resilience.rigs import KEY, SECRET, hurry

faces = pytest.mark.parametrize("face", ["async", "sync"])
LOCAL = Failover(domains=("127.0.0.1",), insecure=True)


@pytest.fixture
def regions() -> Iterator[RegionalFrontEnd]:
    """Four regions of one project on four ports."""
    with RegionalFrontEnd(DevServer(World())) as front:
        yield front


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with without_waits():
        yield


def perform(
    face: str, url: str, calls: list[Any], *, hurried: bool = False, **options: Any
) -> list[CallRecord]:
    """Make calls with one client; their records."""
    options = {"failover": LOCAL, "trust_env": False, **options}
    if face == "sync":
        with SyncLiveKitAPI(url, KEY, SECRET, **options) as api, api.record_calls() as records:
            if hurried:
                hurry(api)
            for call in calls:
                _ignoring(lambda call=call: call(api))
        return records
    return asyncio.run(_aperform(url, calls, hurried, options))


async def _aperform(
    url: str, calls: list[Any], hurried: bool, options: dict[str, Any]
) -> list[CallRecord]:
    async with LiveKitAPI(url, KEY, SECRET, **options) as api:
        if hurried:
            hurry(api)
        with api.record_calls() as records:
            await asyncio.gather(*(call(api) for call in calls), return_exceptions=True)
    return records


def _ignoring(work: Any) -> None:
    try:
        work()
    except errors.LiveKitError:
        return


def create(api: Any) -> Any:
    return api.room.create_room(name="demo")


def dial(api: Any) -> Any:
    return api.sip.create_sip_participant(
        sip_trunk_id="ST_x", sip_call_to="+15105550123", room_name="demo"
    )


def ports(regions: RegionalFrontEnd, record: CallRecord) -> list[int]:
    """The regions that the attempts went to."""
    return [regions.urls.index(attempt.origin) for attempt in record.attempts]


@faces
def test_a_region_that_times_out_is_left(face, regions):
    """After half of the time, with the rest for the next region."""
    regions.server.faults.fail(method="CreateRoom", regions=frozenset({0}), delay=30.0)
    (record,) = perform(face, regions.urls[0], [create], hurried=True, timeout=40)
    assert record.error is None
    assert ports(regions, record) == [0, 1]


@faces
def test_the_next_call_begins_at_home_again(face, regions):
    """Where a call ended up says nothing about the next one."""
    regions.server.faults.fail_once(method="CreateRoom", status=503)
    (first,) = perform(face, regions.urls[0], [create])
    (second,) = perform(face, regions.urls[0], [create])
    assert ports(regions, first) == [0, 1]
    assert ports(regions, second) == [0]


@faces
def test_every_attempt_has_the_same_request_id(face, regions):
    """And the body, seen by three regions of the same server."""
    regions.server.faults.fail(2, method="CreateRoom", status=500)
    (record,) = perform(face, regions.urls[0], [create])
    seen = [seen for seen in regions.server.faults.seen if seen.method.endswith("CreateRoom")]
    assert {seen.request_id for seen in seen} == {record.request_id}
    assert [seen.region for seen in seen] == [0, 1, 2]


@faces
def test_a_phone_call_never_moves(face, regions):
    """Not after a failure, not after a lost answer; only when the region has refused it."""
    for fault in ({"status": 503}, {"drop": "after"}, {"drop": "before"}):
        regions.server.faults.fail_once(method="CreateSIPParticipant", **fault)
        (record,) = perform(face, regions.urls[0], [dial])
        assert ports(regions, record) == [0]
    regions.server.faults.clear()
    regions.server.faults.pin("region-2")
    (record,) = perform(face, regions.urls[0], [dial])
    assert ports(regions, record) == [0, 2]


@faces
def test_one_dead_region_in_the_list_is_passed_over(face, regions):
    """It refuses connections; the call goes on to the one after."""
    regions.fronts[1].close()
    regions.server.faults.fail(method="CreateRoom", regions=frozenset({0}), status=503)
    (record,) = perform(face, regions.urls[0], [create])
    assert record.error is None
    assert ports(regions, record) == [0, 1, 2]


@pytest.mark.skipif("LK_TEST_SERVER_URL" not in os.environ, reason="needs LK_TEST_SERVER_URL")
@faces
def test_the_official_test_server_fails_over(face):
    """The same client against the server that the other SDKs are tested with."""
    headers = {"X-Lk-Mock": '{"failRegions": [0], "delayMs": 0}'}
    url = os.environ["LK_TEST_SERVER_URL"]
    (record,) = perform(face, url, [create], headers=headers)
    assert record.error is None
    assert len(record.attempts) == 2
