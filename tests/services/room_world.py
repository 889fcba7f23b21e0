"""A world with people in it, and one way to use both clients on it."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from lkapi.auth import AccessToken, VideoGrants
from lkapi.client import LiveKitAPI
from lkapi.devserver import InProcessTransport, World, WorldConfig
from lkapi.sync import SyncLiveKitAPI

KEY, SECRET = "devkey", "a-secret-that-is-long-enough-for-hs256"


def world(profile: str = "self-hosted") -> World:
    return World(config=WorldConfig(profile=profile, keys={KEY: SECRET}))


def join(world: World, identity: str, room: str = "demo", **more: Any) -> Any:
    token = AccessToken(KEY, SECRET).with_identity(identity)
    token.with_grants(VideoGrants(room_join=True, room=room))
    return world.join(token.to_jwt(), **more)


class Both:
    """Runs ``api -> result`` with one of the two clients, in process."""

    def __init__(self, face: str, world: World, **options: Any) -> None:
        self.face = face
        kind = LiveKitAPI if face == "async" else SyncLiveKitAPI
        transport = InProcessTransport(world)
        self.api: Any = kind("localhost:7880", KEY, SECRET, transport=transport, **options)

    def __call__(self, work: Any) -> Any:
        if self.face == "sync":
            result = work(self.api)
            return list(result) if inspect.isgenerator(result) else result
        return asyncio.run(_awaited(work, self.api))


async def _awaited(work: Any, api: Any) -> Any:
    result = work(api)
    if inspect.isasyncgen(result):
        return [item async for item in result]
    return await result
