"""Memory of clients and of idle connections, each measurement in a process of its own."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

from benchmarks.growth.alone import resident_kb
from benchmarks.growth.long_run import KEY, SECRET
from lkapi.client import LiveKitAPI
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.options import HTTPOptions, Limits


def many_clients(home: str, count: int, sync: bool = False) -> dict[str, float]:
    """KB of a client that was only made, and of one that has called and keeps its connection."""
    return _sync_clients(home, count) if sync else asyncio.run(_clients(home, count))


async def _clients(home: str, count: int) -> dict[str, float]:
    async with LiveKitAPI(home, KEY, SECRET) as first:
        await first.room.create_room(name="demo")  # what is loaded once
    before, began = resident_kb(), time.perf_counter()
    clients = [LiveKitAPI(home, KEY, SECRET, limits=Limits(idle_seconds=600)) for _ in range(count)]
    made, middle = resident_kb(), time.perf_counter()
    for client in clients:
        await client.room.create_room(name="demo")
    called, end = resident_kb(), time.perf_counter()
    for client in clients:
        await client.aclose()
    return _figures(count, before, made, called, middle - began, end - middle)


def _sync_clients(home: str, count: int) -> dict[str, float]:
    with SyncLiveKitAPI(home, KEY, SECRET) as first:
        first.room.create_room(name="demo")
    before, began = resident_kb(), time.perf_counter()
    limits = Limits(idle_seconds=600)
    clients = [SyncLiveKitAPI(home, KEY, SECRET, limits=limits) for _ in range(count)]
    made, middle = resident_kb(), time.perf_counter()
    for client in clients:
        client.room.create_room(name="demo")
    called, end = resident_kb(), time.perf_counter()
    for client in clients:
        client.close()
    return _figures(count, before, made, called, middle - began, end - middle)


def _figures(
    count: int, before: int, made: int, called: int, making: float, calling: float
) -> dict[str, float]:
    return {
        "clients": count,
        "kb_made": round((made - before) / count, 2),
        "kb_with_a_connection": round((called - before) / count, 2),
        "microseconds_to_make": round(making / count * 1e6, 1),
        "microseconds_of_a_first_call": round(calling / count * 1e6, 1),
    }


def idle_connections(home: str, count: int) -> dict[str, float]:
    """KB of one client's idle connections: all opened at once by calls that are answered late."""
    return asyncio.run(_idle_connections(home, count))


async def _idle_connections(home: str, count: int) -> dict[str, float]:
    limits = Limits(connections=count, idle=count, idle_seconds=600)
    async with LiveKitAPI(home, KEY, SECRET, limits=limits, timeout=60) as api:
        await api.room.create_room(name="demo")
        before = resident_kb()
        await asyncio.gather(*(api.room.create_room(name=f"slow-{n}") for n in range(count)))
        return {"connections": count, "kb_each": round((resident_kb() - before) / count, 2)}


def tls_contexts(count: int) -> dict[str, float]:
    """KB of a TLS context of its own; clients without one share the system's."""
    kept: list[Any] = [HTTPOptions().tls()]
    before = resident_kb()
    kept += [ssl.create_default_context() for _ in range(count)]
    return {"contexts": count, "kb_each": round((resident_kb() - before) / count, 2)}
