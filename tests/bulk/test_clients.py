"""``bulk`` and ``iter_bulk`` of both clients on the embedded server."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

import lkapi
from lkapi.devserver import DevServer, VirtualClock, World, WorldConfig
from lkapi.protocol.room import CreateRoomRequest, DeleteRoomRequest
from tests.bulk.faces import both, client

NAMES = [f"room-{number}" for number in range(25)]


@pytest.fixture
def world() -> World:
    made = World()
    _open_rooms(made)
    return made


def _open_rooms(world: World) -> None:
    for name in NAMES:
        world.create_room(CreateRoomRequest(name=name))


def finish(value: Any) -> Any:
    """What a call of either client gives."""
    if not asyncio.iscoroutine(value):
        return value

    async def main() -> Any:
        return await value

    return asyncio.run(main())


def collect(items: Any) -> list[Any]:
    """What a walk of either kind gives."""
    if hasattr(items, "__iter__"):
        return list(items)

    async def main() -> list[Any]:
        return [item async for item in items]

    return asyncio.run(main())


@both
def test_rooms_are_deleted(face: str, world: World) -> None:
    """Each by its own call; one that is not there is its own failure."""
    api = client(face, world)
    with api.record_calls() as calls:
        results = finish(api.bulk(lambda name: api.room.delete_room(room=name), [*NAMES, "none"]))
    assert not world.rooms
    assert len(calls) == 26
    (failed,) = results.failed
    assert failed.item == "none"
    assert isinstance(failed.error, lkapi.NotFoundError)


@both
def test_a_method_of_the_client_is_an_operation(face: str, world: World) -> None:
    """It takes requests."""
    api = client(face, world)
    requests = [DeleteRoomRequest(room=name) for name in NAMES]
    assert finish(api.bulk(api.room.delete_room, requests, limit=4)).ok
    assert not world.rooms


@both
def test_a_pager_is_a_source(face: str) -> None:
    """Pages are read as they are needed."""
    world = World(config=WorldConfig(page_size=10), clock=VirtualClock(time.time()))
    _open_rooms(world)
    api = client(face, world)
    output = lkapi.EncodedFileOutput(filepath="a.mp4", s3=lkapi.S3Upload(bucket="b"))
    start = api.egress.start_room_composite_egress
    begun = finish(api.bulk(lambda name: start(room_name=name, file_outputs=[output]), NAMES))
    begun.values()
    world.clock.advance(5)
    pager = api.egress.iter_egress()
    with api.record_calls() as calls:
        results = collect(
            api.iter_bulk(lambda info: api.egress.stop_egress(egress_id=info.egress_id), pager)
        )
    assert sorted(result.value.room_name for result in results) == sorted(NAMES)
    names = [call.method for call in calls]
    assert names.count("Egress/ListEgress") == 3
    assert names.index("Egress/StopEgress") < 3


@both
def test_a_rate_limit_is_waited_out_by_each_call(face: str, world: World) -> None:
    """HTTP 429 with Retry-After is a matter of the client's retries, not an error of the item."""
    server = DevServer(world)
    server.faults.fail(5, method="DeleteRoom", status=429)
    api = client(face, server, retry=lkapi.RetryPolicy(attempts=9))
    with lkapi.without_waits():
        results = finish(api.bulk(lambda name: api.room.delete_room(room=name), NAMES))
    assert results.ok
    assert len(server.faults.seen) == 30


@both
def test_the_deadline_is_seconds_or_a_timedelta(face: str, world: World) -> None:
    """Anything else is refused by name."""
    api = client(face, world)
    operation = lambda name: api.room.delete_room(room=name)  # noqa: E731
    assert finish(api.bulk(operation, NAMES, deadline=timedelta(minutes=1))).ok
    for method in (api.bulk, api.iter_bulk):
        with pytest.raises(lkapi.SettingsError, match="deadline"):
            finish(method(operation, NAMES, deadline=0))
