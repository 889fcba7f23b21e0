"""A user's program with bulk work: type checkers infer what each item gives. Never executed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from datetime import timedelta

from typing_extensions import assert_type

import lkapi
from lkapi.protocol.egress import EgressInfo
from lkapi.protocol.models import Room
from lkapi.protocol.room import DeleteRoomRequest, DeleteRoomResponse


async def asynchronous(api: lkapi.LiveKitAPI, names: list[str]) -> None:
    """Lambdas, functions, methods; lists, generators, pagers."""
    made = await api.bulk(lambda name: api.room.create_room(name=name), names, limit=5)
    assert_type(made, lkapi.BulkResults[str, Room])
    assert_type(made.values(), list[Room])
    assert_type(made[0], lkapi.BulkResult[str, Room])
    assert_type(made[0].item, str)
    assert_type(made[0].value, Room)
    assert_type(made[0].error, Exception | None)
    assert_type([result.item for result in made.failed], list[str])

    async def remove(request: DeleteRoomRequest) -> int:
        await api.room.delete_room(request)
        return 1

    requests = (DeleteRoomRequest(room=name) for name in names)
    removed = await api.bulk(remove, requests, deadline=timedelta(minutes=1), stop_on_error=True)
    assert_type(removed, lkapi.BulkResults[DeleteRoomRequest, int])

    async def stop(info: EgressInfo) -> EgressInfo:
        return await api.egress.stop_egress(egress_id=info.egress_id, ended_ok=True)

    walk = api.iter_bulk(stop, api.egress.iter_egress(active=True), on_progress=tell)
    assert_type(walk, AsyncGenerator[lkapi.BulkResult[EgressInfo, EgressInfo], None])
    async for result in walk:
        assert_type(result.value, EgressInfo)


def tell(progress: lkapi.BulkProgress[EgressInfo, EgressInfo]) -> None:
    """How far it is."""
    assert_type(progress.result.item, EgressInfo)
    assert_type(progress.done, int)
    assert_type(progress.total, int | None)


def synchronous(api: lkapi.SyncLiveKitAPI, names: list[str]) -> None:
    """The same without ``await``."""
    made = api.bulk(lambda name: api.room.create_room(name=name), names)
    assert_type(made, lkapi.BulkResults[str, Room])
    gone = api.bulk(lambda name: api.room.delete_room(room=name), names)
    assert_type(gone.values(), list[DeleteRoomResponse])
    walk = api.iter_bulk(lambda info: info.egress_id, api.egress.iter_egress())
    assert_type(walk, Generator[lkapi.BulkResult[EgressInfo, str], None, None])
