"""Random faults on real sockets: nothing is done twice, nothing foreign escapes, nobody is late.

4,000 scenarios, split among both clients and their transports; LKAPI_SCENARIOS and LKAPI_SEED make
it more, or others.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import attrs
import httpx
import httpx2
import pytest

from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError
from lkapi.rpc.records import CallRecord
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import RetryPolicy
from lkapi.sync import SyncLiveKitAPI
from tests.resilience.counting_server import CountingServer
from tests.resilience.rigs import KEY, SECRET, SPEED, hurry
from tests.resilience.scenarios import Scenario, make_scenarios
from tests.resilience.yardstick import Yardstick

COUNT = int(os.environ.get("LKAPI_SCENARIOS", "4000"))
SEED = int(os.environ.get("LKAPI_SEED", "20260821"))
NOISE = 2.0
"""Real seconds by which a call may be later than a busy machine makes everything."""
TASKS, THREADS = 20, 10
LIBRARIES: dict[str, Any] = {"httpx": httpx, "httpx2": httpx2}
SHARES = {
    "async-aiohttp": 0.4,
    "sync-http.client": 0.3,
    "async-httpx2": 0.1,
    "sync-httpx2": 0.1,
    "async-httpx": 0.05,
    "sync-httpx": 0.05,
}

OLD_ANYIO = tuple(map(int, version("anyio").split(".")[:2])) < (4, 15)
"""Below that, async clients of httpx and httpx2 leave connections open after a timeout."""


@attrs.frozen
class Ended:
    """How a scenario ended."""

    scenario: Scenario
    record: CallRecord
    late: float
    """Real seconds past the deadline, without those that the machine is to blame for."""

    @property
    def timed_out(self) -> bool:
        """Whether an attempt did, be it for the script's sake or because the machine is busy."""
        return any("timed out" in attempt.outcome for attempt in self.record.attempts)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of warnings about retries help nobody."""
    caplog.set_level("ERROR", logger="lkapi")


@pytest.fixture(scope="module")
def server() -> Iterator[CountingServer]:
    """One for all scenarios."""
    running = CountingServer()
    yield running
    running.close()


def _part(face: str) -> list[Scenario]:
    """This face's share of all scenarios."""
    begin = 0.0
    for name, share in SHARES.items():
        if name == face:
            chosen = range(round(begin * COUNT), round((begin + share) * COUNT))
            return [s for s in make_scenarios(COUNT, SEED) if s.number in chosen]
        begin += share
    raise KeyError(face)


def _failover(*, cloud: bool) -> Failover:
    return Failover(domains=("127.0.0.1",) if cloud else (), request_id_domains=(), insecure=True)


@attrs.frozen
class Watch:
    """Times one call."""

    yardstick: Yardstick
    began: float = attrs.field(factory=time.monotonic)
    lost: float = attrs.field(
        default=attrs.Factory(lambda self: self.yardstick.lost, takes_self=True)
    )

    def ended(self, scenario: Scenario, calls: list[CallRecord]) -> Ended:
        took = time.monotonic() - self.began - (self.yardstick.lost - self.lost)
        (record,) = calls
        return Ended(scenario, record, took - scenario.timeout / SPEED)


def _options(scenario: Scenario) -> dict[str, Any]:
    policy = RetryPolicy(attempts=scenario.attempts, first_wait=0.0, max_wait=0.0)
    return {"headers": scenario.headers, "retry": policy}


async def _run_async(
    url: str, transport: str, scenarios: Iterable[Scenario], yardstick: Yardstick
) -> list[Ended]:
    work = iter(scenarios)
    ended: list[Ended] = []
    theirs = LIBRARIES.get(transport, httpx2).AsyncClient(trust_env=False, verify=False)
    given = theirs if transport in LIBRARIES else transport
    async with theirs:
        apis = {
            cloud: LiveKitAPI(url, KEY, SECRET, transport=given, failover=_failover(cloud=cloud))
            for cloud in (True, False)
        }
        for api in apis.values():
            hurry(api)

        async def caller() -> None:
            for scenario in work:
                api = apis[scenario.cloud].with_options(**_options(scenario))
                watch = Watch(yardstick)
                with api.record_calls() as calls, suppress(LiveKitError):
                    await api.call(scenario.row, scenario.request, timeout=scenario.timeout)
                ended.append(watch.ended(scenario, calls))

        await asyncio.gather(*(caller() for _ in range(TASKS)))
        for api in apis.values():
            await api.aclose()
    return ended


def _run_sync(
    url: str, transport: str, scenarios: Iterable[Scenario], yardstick: Yardstick
) -> list[Ended]:
    with LIBRARIES.get(transport, httpx2).Client(trust_env=False, verify=False) as theirs:
        given = theirs if transport in LIBRARIES else transport
        apis = {
            cloud: SyncLiveKitAPI(
                url, KEY, SECRET, transport=given, failover=_failover(cloud=cloud)
            )
            for cloud in (True, False)
        }
        for api in apis.values():
            hurry(api)

        def call(scenario: Scenario) -> Ended:
            api = apis[scenario.cloud].with_options(**_options(scenario))
            watch = Watch(yardstick)
            with api.record_calls() as calls, suppress(LiveKitError):
                api.call(scenario.row, scenario.request, timeout=scenario.timeout)
            return watch.ended(scenario, calls)

        with ThreadPoolExecutor(THREADS) as threads:
            ended = list(threads.map(call, scenarios))
        for api in apis.values():
            api.close()
    return ended


def _complaints(server: CountingServer, ended: Ended) -> Iterator[str]:
    """What is wrong with the way a scenario ended."""
    scenario, key = ended.scenario, ended.scenario.request_id
    seen, acts = scenario.allowed()
    if scenario.repeatable and ended.timed_out:
        seen = acts = scenario.attempts
    if server.seen[key] > seen:
        yield f"sent {server.seen[key]} times, {seen} allowed"
    if server.acts[key] > acts:
        yield f"done {server.acts[key]} times, {acts} allowed"
    if not scenario.repeatable and server.acts[key] > 1:
        yield f"done {server.acts[key]} times"
    if len(server.bodies.get(key, ())) > 1:
        yield "the body changed between attempts"
    if ended.record.error is None and not server.acts[key] and not scenario.row.deletes:
        yield "succeeded without having been done"
    if ended.late > NOISE:
        yield f"{ended.late:.2f} s past the deadline"


@pytest.mark.parametrize("face", SHARES)
def test_no_random_fault_breaks_the_promises(
    face: str,
    server: CountingServer,
    yardstick: Yardstick,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Never done twice beyond the table, no foreign exception, no call past its deadline."""
    kind, _, transport = face.partition("-")
    if OLD_ANYIO and kind == "async" and transport in LIBRARIES:
        pytest.skip("anyio before 4.15 leaves connections open")
    scenarios = _part(face)
    began = time.monotonic()
    if kind == "sync":
        ended = _run_sync(server.url, transport, scenarios, yardstick)
    else:
        ended = asyncio.run(_run_async(server.url, transport, scenarios, yardstick))
    took = time.monotonic() - began
    wrong = [(end.scenario, text) for end in ended for text in _complaints(server, end)]
    assert not wrong, wrong[:5]
    assert len(ended) == len(scenarios)
    with capsys.disabled():
        print(f"\n{_summary(face, ended, server, took)}")


def _summary(face: str, ended: list[Ended], server: CountingServer, took: float) -> str:
    outcomes = Counter(
        type(end.record.error).__name__ if end.record.error else "ok" for end in ended
    )
    sent = sum(server.seen[end.scenario.request_id] for end in ended)
    acted = sum(server.acts[end.scenario.request_id] for end in ended)
    latest = max(end.late for end in ended)
    return (
        f"{face}: {len(ended)} scenarios in {took:.1f} s, {sent} requests, {acted} acted on, "
        f"latest {latest:+.3f} s from its deadline; {dict(outcomes.most_common())}"
    )
