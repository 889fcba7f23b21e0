"""One test for both clients' bulk work."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from lkapi.bulk import AsyncRun, BulkRules, Run
from lkapi.client import LiveKitAPI
from lkapi.devserver import DevServer, InProcessTransport, World
from lkapi.sync import SyncLiveKitAPI

both = pytest.mark.parametrize("face", ["async", "sync"])


def rules(**given: Any) -> BulkRules[Any, Any]:
    return BulkRules(**{"limit": 3, **given})


def run(face: str, operation: Any, items: Any, **given: Any) -> Any:
    """Do the work and give all results; ``operation`` is an ordinary function."""
    if face == "sync":
        return Run(operation, items, rules(**given)).collect()
    return asyncio.run(AsyncRun(_awaited(operation), items, rules(**given)).collect())


def walk(face: str, operation: Any, items: Any, visit: Any, **given: Any) -> None:
    """Do the work and visit each result in its turn."""
    if face == "sync":
        for result in Run(operation, items, rules(**given)).results():
            visit(result)
        return

    async def main() -> None:
        async with aclosing(
            AsyncRun(_awaited(operation), items, rules(**given)).results()
        ) as results:
            async for result in results:
                visit(result)

    asyncio.run(main())


def _awaited(operation: Any) -> Any:
    async def perform(item: Any) -> Any:
        return operation(item)

    return perform


def client(face: str, world: World | DevServer, **options: Any) -> Any:
    """A client of that kind on an embedded server."""
    kind = SyncLiveKitAPI if face == "sync" else LiveKitAPI
    transport = InProcessTransport(world)
    return kind("http://livekit.test", "devkey", "secret", transport=transport, **options)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now
