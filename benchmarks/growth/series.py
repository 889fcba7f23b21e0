"""Series for plots: cost against concurrency, list size and body size. CPU time of this process."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.growth.long_run import KEY, SECRET
from lkapi.client import LiveKitAPI
from lkapi.protocol.models import Room
from lkapi.transports.options import Limits
from lkapi.webhook import WebhookEvent, WebhookReceiver, sign_event

CONCURRENCY = (1, 2, 5, 10, 20, 50, 100, 200, 400)
PARTICIPANTS = (10, 30, 100, 300, 1000, 3000, 10_000)
BODY_BYTES = (500, 1000, 2000, 5000, 10_000, 30_000, 100_000, 300_000)
ROUNDS = 5


def call_cost(
    home: str, concurrency: Sequence[int] = CONCURRENCY, calls: int = 2000
) -> list[dict[str, float]]:
    """Microseconds of a call by how many are under way: on the wall, and of CPU time here."""
    return asyncio.run(_call_cost(home, concurrency, calls))


async def _call_cost(home: str, concurrency: Sequence[int], calls: int) -> list[dict[str, float]]:
    found: list[dict[str, float]] = []
    limits = Limits(connections=max(concurrency), idle=max(concurrency))
    async with LiveKitAPI(home, KEY, SECRET, limits=limits) as api:

        async def burst(width: int) -> tuple[float, float]:
            numbers = iter(range(calls))

            async def caller() -> None:
                for _ in numbers:
                    await api.room.create_room(name="demo")

            wall, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(caller() for _ in range(width)))
            return time.perf_counter() - wall, time.process_time() - cpu

        for width in concurrency:
            await burst(width)
            times = [await burst(width) for _ in range(ROUNDS)]
            wall, cpu = (statistics.median(side) for side in zip(*times, strict=True))
            found.append(_point("concurrency", width, wall=wall / calls, cpu=cpu / calls))
    return found


def list_cost(home: str, participants: Sequence[int] = PARTICIPANTS) -> list[dict[str, float]]:
    """Microseconds to list a room's participants, and to read two fields of each."""
    return asyncio.run(_list_cost(home, participants))


async def _list_cost(home: str, participants: Sequence[int]) -> list[dict[str, float]]:
    found: list[dict[str, float]] = []
    async with LiveKitAPI(home, KEY, SECRET) as api:

        async def once(count: int) -> tuple[float, float]:
            wall, cpu = time.perf_counter(), time.process_time()
            listed = await api.room.list_participants(room=f"many-{count}")
            read = [(person.identity, person.joined_at) for person in listed.participants]
            assert len(read) == count
            return time.perf_counter() - wall, time.process_time() - cpu

        for count in participants:
            await once(count)
            times = [await once(count) for _ in range(ROUNDS)]
            wall, cpu = (statistics.median(side) for side in zip(*times, strict=True))
            found.append(_point("participants", count, wall=wall, cpu=cpu))
    return found


def webhook_cost(sizes: Sequence[int] = BODY_BYTES, number: int = 200) -> list[dict[str, float]]:
    """Microseconds to verify and read one webhook, by the bytes of its body."""
    receiver = WebhookReceiver({KEY: SECRET})
    found: list[dict[str, float]] = []
    for size in sizes:
        event = WebhookEvent(event="room_started", id="EV_1", room=Room(name="demo"))
        event.room = Room(name="demo", metadata="m" * max(0, size - len(event.to_json()) - 16))
        signed = sign_event(event, KEY, SECRET)

        def receive(body: bytes = signed.body, token: str = signed.authorization) -> object:
            room = receiver.receive(body, token).room
            assert room is not None
            return room.name

        cpu = _median_cpu(receive, number)
        found.append(_point("body_bytes", len(signed.body), cpu=cpu))
    return found


def _median_cpu(work: Callable[[], object], number: int) -> float:
    work()
    times = list[float]()
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(number):
            work()
        times.append((time.process_time() - began) / number)
    return statistics.median(times)


def _point(axis: str, at: float, **seconds: float) -> dict[str, float]:
    return {axis: at, **{f"{kind}_us": round(value * 1e6, 2) for kind, value in seconds.items()}}


def slope(points: Sequence[dict[str, float]], axis: str, kind: str) -> dict[str, float]:
    """The straight line that fits best: its slope, and the share of the spread that it explains."""
    xs, ys = [point[axis] for point in points], [point[kind] for point in points]
    line = statistics.linear_regression(xs, ys)
    return {
        "slope": round(line.slope, 5),
        "intercept": round(line.intercept, 2),
        "r_squared": round(statistics.correlation(xs, ys) ** 2, 5),
    }


def big_room(home: str, count: int) -> dict[str, Any]:
    """One list of a very large room: time, and memory before and with the list."""
    from benchmarks.growth.alone import resident_kb

    async def work() -> dict[str, Any]:
        async with LiveKitAPI(home, KEY, SECRET) as api:
            await api.room.list_participants(room="many-1")
            before, began = resident_kb(), time.perf_counter()
            listed = await api.room.list_participants(room=f"many-{count}")
            answered = time.perf_counter() - began
            held = resident_kb() - before
            identities = {person.identity for person in listed.participants}
            read = time.perf_counter() - began
            return {
                "participants": len(identities),
                "milliseconds_to_answer": round(answered * 1e3, 2),
                "milliseconds_to_read_identities": round(read * 1e3, 2),
                "kb_held": held,
                "kb_held_after_reading": resident_kb() - before,
            }

    return asyncio.run(work())
