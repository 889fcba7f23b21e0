"""Fifty callers and random faults: nothing leaks, nothing is done twice, no call is lost.

Both clients live through the whole run, with 25 callers each, over real sockets on loopback. Ten
times the callers pause, and what they hold is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import logging
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError
from lkapi.rpc.records import CallRecord
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import RetryPolicy
from lkapi.sync import SyncLiveKitAPI
from tests.resilience.counting_server import CountingServer
from tests.resilience.rigs import KEY, SECRET, SPEED, hurry
from tests.resilience.scenarios import Scenario, make_scenarios

CALLERS = 25
ROUNDS = 10
NOISE = 3.0
"""Real seconds by which a busy machine may let a call end too late."""
MEMORY = 8 * 1024
"""KB that the process may grow by after the second round."""


class Soak:
    """One run: the server, both clients, and what became of the calls."""

    def __init__(self, seed: int) -> None:
        self.server = CountingServer()
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.latest = 0.0
        self._lock = threading.Lock()
        self._scenarios = self._draw(seed)
        options: dict[str, Any] = {"failover": Failover(domains=(), request_id_domains=())}
        self.api = LiveKitAPI(self.server.url, KEY, SECRET, **options)
        self.sync_api = SyncLiveKitAPI(self.server.url, KEY, SECRET, **options)
        hurry(self.api)
        hurry(self.sync_api)

    def _draw(self, seed: int) -> Iterator[Scenario]:
        """Scenarios without end, each with a number of its own; all on a self-hosted server."""
        numbers = itertools.count()
        for batch in itertools.count(seed):
            for scenario in make_scenarios(1000, batch):
                if not scenario.cloud:
                    yield Scenario(
                        number=next(numbers),
                        row=scenario.row,
                        cloud=False,
                        attempts=scenario.attempts,
                        timeout=scenario.timeout,
                        script=scenario.script,
                    )

    def next(self) -> Scenario:
        with self._lock:
            return next(self._scenarios)

    def options(self, scenario: Scenario) -> dict[str, Any]:
        retry = RetryPolicy(attempts=scenario.attempts, first_wait=0.0, max_wait=0.0)
        return {"headers": scenario.headers, "retry": retry}

    async def async_caller(self, until: float) -> None:
        while time.monotonic() < until:
            scenario = self.next()
            api = self.api.with_options(**self.options(scenario))
            began = time.monotonic()
            with api.record_calls() as calls, suppress(LiveKitError):
                await api.call(scenario.row, scenario.request, timeout=scenario.timeout)
            self.judge(scenario, calls, began)

    def sync_caller(self, until: float) -> None:
        while time.monotonic() < until:
            scenario = self.next()
            api = self.sync_api.with_options(**self.options(scenario))
            began = time.monotonic()
            with api.record_calls() as calls, suppress(LiveKitError):
                api.call(scenario.row, scenario.request, timeout=scenario.timeout)
            self.judge(scenario, calls, began)

    def judge(self, scenario: Scenario, calls: list[CallRecord], began: float) -> None:
        """Compare with what is allowed, and have the server forget the call."""
        late = time.monotonic() - began - scenario.timeout / SPEED
        (record,) = calls
        timed_out = any("timed out" in attempt.outcome for attempt in record.attempts)
        _, acts = scenario.allowed()
        allowed = scenario.attempts if scenario.repeatable and timed_out else acts
        done = self.server.forget(scenario.request_id)
        with self._lock:
            self.outcomes[type(record.error).__name__ if record.error else "ok"] += 1
            self.latest = max(self.latest, late)
            if done > allowed:
                self.wrong.append(f"{scenario}: done {done} times, {allowed} allowed")
            if late > NOISE:
                self.wrong.append(f"{scenario}: {late:.2f} s past its deadline")


def usage() -> dict[str, int]:
    """What must not grow: memory in KB, open files, threads."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "memory": int(memory.split()[1]),
        "files": len(os.listdir("/proc/self/fd")),
        "threads": sum(not thread.name.startswith("asyncio") for thread in threading.enumerate()),
    }


async def settle(before: dict[str, int]) -> dict[str, int]:
    """What is held once the server's threads have noticed that their peers are gone."""
    for _ in range(100):
        now = usage()
        if now["files"] <= before["files"] and now["threads"] <= before["threads"]:
            break
        await asyncio.sleep(0.1)
    return now


async def run(seconds: float, seed: int) -> int:
    """Rounds of load; 0 when nothing leaked and nothing went wrong."""
    with ThreadPoolExecutor(CALLERS) as threads:
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(threads, time.sleep, 0.1) for _ in range(CALLERS))
        )
        before = usage()
        soak = Soak(seed)
        seen: list[dict[str, int]] = []
        tasks_left = 0
        for number in range(ROUNDS):
            until = time.monotonic() + seconds / ROUNDS
            calls = [soak.async_caller(until) for _ in range(CALLERS)]
            blocking = [
                loop.run_in_executor(threads, soak.sync_caller, until) for _ in range(CALLERS)
            ]
            await asyncio.gather(*calls, *blocking)
            tasks_left += len(asyncio.all_tasks()) - 1
            late = soak.server.forget_late()  # a busy machine brings more of them
            seen.append(usage())
            calls_made = soak.outcomes.total()
            print(
                f"round {number + 1}: {calls_made} calls so far, {late} late, {seen[-1]}",
                flush=True,
            )
        await soak.api.aclose()
        soak.sync_api.close()
        soak.server.close()
        after = await settle(before)
    return report(soak, seen, before, after, tasks_left)


def report(
    soak: Soak,
    seen: list[dict[str, int]],
    before: dict[str, int],
    after: dict[str, int],
    tasks_left: int,
) -> int:
    """Print the figures and the verdict."""
    grown = seen[-1]["memory"] - seen[1]["memory"]
    checks = {
        "nothing done twice or too late": not soak.wrong,
        "no task left": tasks_left == 0,
        "no socket left": after["files"] <= before["files"],
        "no thread left": after["threads"] <= before["threads"],
        f"memory flat ({grown:+d} KB since round 2)": grown < MEMORY,
    }
    print(f"{soak.outcomes.total()} calls, latest {soak.latest:+.3f} s from its deadline")
    print(dict(soak.outcomes.most_common()))
    print(f"before {before}, after {after}")
    for what, good in checks.items():
        print(f"{'ok  ' if good else 'FAIL'} {what}")
    for complaint in soak.wrong[:10]:
        print(complaint)
    return 0 if all(checks.values()) else 1


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="how long (300)")
    parser.add_argument("--seed", type=int, default=1, help="which faults (1)")
    options = parser.parse_args()
    logging.getLogger("lkapi").setLevel(logging.ERROR)
    return asyncio.run(run(options.seconds, options.seed))


if __name__ == "__main__":
    sys.exit(main())
