"""Many calls over twenty minutes of token lifetimes, in less real time: caches and memory."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import attrs

from benchmarks.growth.alone import resident_kb
from lkapi.client import LiveKitAPI
from lkapi.rpc.regions import Failover, RegionCache
from lkapi.rpc.retry import RetryPolicy
from lkapi.rpc.tokens import TokenSource

KEY, SECRET = "devkey", "only-for-measurements-of-growth"
MINUTES = 20.0
ROOMS = 20_000
"""Each room's admin calls need a token of their own: more rooms than the cache holds."""
FAILING = 500
"""Of so many calls, one fails at home and moves to another region."""


class Clock:
    """Time that passes with the calls and not with the clock on the wall."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class ClockedRegions(RegionCache):
    """Grows old by a clock of its own: the calls' deadlines stay with the clock on the wall."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def fresh(self, _now: float) -> tuple[str, ...] | None:
        return super().fresh(self.clock())

    def store(self, origins: tuple[str, ...], age: float, _now: float) -> None:
        super().store(origins, age, self.clock())


class CountingTokens(TokenSource):
    """Counts the tokens that it signs."""

    __slots__ = ("minted",)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.minted = 0

    def _mint(self, *arguments: Any) -> str:
        self.minted += 1
        return super()._mint(*arguments)

    @property
    def kept(self) -> int:
        return len(self._cache)


def run(home: str, calls: int, concurrent: int, rooms: int = ROOMS) -> dict[str, Any]:
    """So many calls in this process; what was kept at most, and how memory went."""
    logging.getLogger("lkapi").setLevel(logging.ERROR)  # each failure on purpose would be told
    return asyncio.run(_run(home, calls, concurrent, rooms))


async def _run(home: str, calls: int, concurrent: int, rooms: int) -> dict[str, Any]:
    clock = Clock()
    api = LiveKitAPI(
        home,
        KEY,
        SECRET,
        timeout=60,
        retry=RetryPolicy(first_wait=0.0, max_wait=0.0),
        failover=Failover(domains=("127.0.0.1",), insecure=True),
    )
    channel = api._channel
    tokens = CountingTokens(channel.context.tokens._credentials, now=clock)
    channel.context = attrs.evolve(channel.context, tokens=tokens)
    channel._regions = ClockedRegions(clock)
    numbers = iter(range(calls))
    samples: list[dict[str, float]] = []
    tenth = max(1, calls // 10)
    most_tokens = 0

    async def caller() -> None:
        nonlocal most_tokens
        for number in numbers:
            clock.now += MINUTES * 60 / calls
            if number % FAILING == 0:
                await api.room.create_room(name=f"fail-{number}")
            elif number % 2:
                await api.room.create_room(name=f"room-{number % rooms}")
            else:
                await api.room.update_room_metadata(room=f"room-{number % rooms}", metadata="m")
            most_tokens = max(most_tokens, tokens.kept)
            if number % tenth == tenth - 1:
                samples.append({"calls": number + 1, "kb": resident_kb(), "tokens": tokens.kept})

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(concurrent)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    outcome = {
        "calls": calls,
        "concurrent": concurrent,
        "minutes": (clock.now - 1_800_000_000) / 60,
        "seconds": round(seconds, 2),
        "cpu_microseconds_a_call": round(cpu / calls * 1e6, 1),
        "samples": samples,
        "grown_kb": samples[-1]["kb"] - samples[len(samples) // 5]["kb"],
        "tokens_signed": tokens.minted,
        "tokens_kept_at_most": most_tokens,
        "region_lists_read": channel._discoveries,
        "regions_kept": len(channel._regions.origins),
        "pools": len(channel._pools),
        "tasks_left": len(asyncio.all_tasks()) - 1,
    }
    await api.aclose()
    return outcome
