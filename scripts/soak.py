"""Fifty callers and random faults for some minutes: nothing may leak, every call must end.

Usage: scripts/soak [seconds, 300 by default]
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError
from lkapi.method import Idempotency
from lkapi.protocol.room import CreateRoomRequest
from lkapi.retry import RetryPolicy
from lkapi.sync import SyncLiveKitAPI
from tests.call.counting import CountingServer
from tests.call.faces import KEY, SECRET
from tests.call.plans import row

CALLERS = 50
KINDS = [row(kind) for kind in Idempotency]
OPTIONS = {"failover": False, "timeout": 2.0, "retry": RetryPolicy(first_wait=0.005)}


def usage() -> dict[str, int]:
    """What must not grow: memory in KB, open files, threads."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "memory": int(memory.split()[1]),
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
    }


async def soak_async(url: str, until: float, outcomes: Counter[str]) -> int:
    """Half of the callers as tasks; how many tasks are left at the end."""
    async with LiveKitAPI(url, KEY, SECRET, **OPTIONS) as api:

        async def caller() -> None:
            while time.monotonic() < until:
                outcomes["begun"] += 1
                try:
                    await api.call(random.choice(KINDS), CreateRoomRequest(name="x"))
                    outcomes["ok"] += 1
                except LiveKitError as error:
                    outcomes[type(error).__name__] += 1

        await asyncio.gather(*[caller() for _ in range(CALLERS // 2)])
    await asyncio.sleep(0.1)
    return len(asyncio.all_tasks()) - 1


def soak_sync(url: str, until: float, outcomes: Counter[str], lock: threading.Lock) -> None:
    """The other half as threads."""
    with SyncLiveKitAPI(url, KEY, SECRET, **OPTIONS) as api:

        def caller() -> None:
            mine: Counter[str] = Counter()
            while time.monotonic() < until:
                mine["begun"] += 1
                try:
                    api.call(random.choice(KINDS), CreateRoomRequest(name="x"))
                    mine["ok"] += 1
                except LiveKitError as error:
                    mine[type(error).__name__] += 1
            with lock:
                outcomes.update(mine)

        threads = [threading.Thread(target=caller) for _ in range(CALLERS // 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def round_of(seconds: float) -> tuple[Counter[str], int]:
    """One stretch of load on a server of its own."""
    server, lock = CountingServer(seed=1), threading.Lock()
    outcomes: Counter[str] = Counter()
    blocking: Counter[str] = Counter()
    until = time.monotonic() + seconds
    other = threading.Thread(target=soak_sync, args=(server.url, until, blocking, lock))
    try:
        other.start()
        left = asyncio.run(soak_async(server.url, until, outcomes))
        other.join()
    finally:
        server.close()
        time.sleep(0.5)
    return outcomes + blocking, left


def main() -> int:
    """Run ten stretches and compare the last with the second."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    seen: list[dict[str, int]] = []
    good = True
    for number in range(10):
        outcomes, left = round_of(seconds / 10)
        seen.append(usage())
        begun = outcomes.pop("begun")
        good = good and begun == sum(outcomes.values()) and left == 0
        print(
            f"{number + 1}: {begun} calls, {left} tasks left, {seen[-1]}, {dict(outcomes)}",
            flush=True,
        )
    first, last = seen[1], seen[-1]
    flat = last["memory"] < first["memory"] * 1.2 + 4096
    flat = flat and all(last[what] <= first[what] + 3 for what in ("files", "threads"))
    print("no leak, every call accounted for" if good and flat else "LEAK OR LOST CALL")
    return 0 if good and flat else 1


if __name__ == "__main__":
    sys.exit(main())
