from __future__ import annotations

from lkapi.client import LiveKitAPI
from lkapi.devserver import World
from lkapi.devserver.transport import InProcessTransport
from lkapi.sync.client import SyncLiveKitAPI


async def test_a():
    t = InProcessTransport(World())
    key, secret = (
        next(iter(t.world.config.keys.items()))
        if hasattr(t.world, "config")
        else ("devkey", "secret")
    )
    async with LiveKitAPI("localhost:7880", key, secret, transport=t) as api:
        r = await api.room.create_room(name="x")
        assert r.name == "x"
        assert [x.name async for x in api.room.iter_rooms()] == ["x"]
    with SyncLiveKitAPI("localhost:7880", key, secret, transport=t) as s:
        assert s.room.get_room("x").name == "x"
