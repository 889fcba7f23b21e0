"""The bulk helper over thousands of rooms, where this version of lkapi has one."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from benchmarks.growth.alone import resident_kb
from benchmarks.growth.long_run import KEY, SECRET
from lkapi.client import LiveKitAPI


def over_rooms(home: str, rooms: int, limit: int = 50) -> dict[str, Any] | None:
    """Write the metadata of so many rooms, ``limit`` at a time; None without ``api.bulk``."""
    if not hasattr(LiveKitAPI, "bulk"):
        return None
    return asyncio.run(_over_rooms(home, rooms, limit))


async def _over_rooms(home: str, rooms: int, limit: int) -> dict[str, Any]:
    async with LiveKitAPI(home, KEY, SECRET) as api:
        bulk: Any = getattr(api, "bulk")  # noqa: B009 - not in every version

        async def write(name: str) -> object:
            return await api.room.update_room_metadata(room=name, metadata="m")

        await bulk(write, ["warm-up"], limit=limit)
        before, began, cpu = resident_kb(), time.perf_counter(), time.process_time()
        results = await bulk(write, [f"room-{n}" for n in range(rooms)], limit=limit)
        return {
            "rooms": rooms,
            "succeeded": sum(result.ok for result in results),
            "limit": limit,
            "seconds": round(time.perf_counter() - began, 2),
            "cpu_microseconds_a_room": round((time.process_time() - cpu) / rooms * 1e6, 1),
            "kb_held": resident_kb() - before,
        }
