"""create_room on loopback, against a responder in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from livekit import api as theirs

from benchmarks.harness import Row, paired
from lkapi.client import LiveKitAPI
from lkapi.sync import SyncLiveKitAPI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

KEY, SECRET = "devkey", "secretsecretsecretsecretsecretsecret"
CONCURRENT = 50


@contextlib.contextmanager
def responder() -> Iterator[str]:
    """The url of a running responder."""
    command = [sys.executable, "-m", "benchmarks._responder"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def rows() -> Iterator[Row]:
    with responder() as url, asyncio.Runner() as runner:
        official = runner.run(_official(url))
        ours, blocking = LiveKitAPI(url, KEY, SECRET), SyncLiveKitAPI(url, KEY, SECRET)

        def run(call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
            return lambda: runner.run(_repeat(call, 50))

        async def their_call() -> object:
            return await official.room.create_room(
                theirs.CreateRoomRequest(name="demo", empty_timeout=600)
            )

        async def our_call() -> object:
            return await ours.room.create_room(name="demo", empty_timeout=600)

        def our_blocking_calls() -> None:
            for _ in range(50):
                blocking.room.create_room(name="demo", empty_timeout=600)

        their_run = run(their_call)
        yield _each(
            "create_room, one at a time, async",
            ours=run(our_call),
            theirs=their_run,
            bar=0.7,
            reach=0.5,
        )
        yield _each(
            "create_room, one at a time, sync (to their async)",
            ours=our_blocking_calls,
            theirs=their_run,
            bar=0.55,
            reach=0.4,
        )
        yield _each(
            "create_room, 50 concurrent, async",
            ours=lambda: runner.run(_together(our_call)),
            theirs=lambda: runner.run(_together(their_call)),
            bar=0.9,
            reach=0.6,
        )
        runner.run(official.aclose())
        runner.run(ours.aclose())
        blocking.close()


def _each(work: str, *, ours, theirs, bar: float, reach: float) -> Row:
    """A row for work done fifty times by each side at each turn."""
    row = paired(work, ours=ours, theirs=theirs, bar=bar, reach=reach, number=4, rounds=15)
    return Row(work, row.theirs / 50, row.ours / 50, bar, reach)


async def _official(url: str) -> theirs.LiveKitAPI:
    return theirs.LiveKitAPI(url, KEY, SECRET)


async def _repeat(call: Callable[[], Awaitable[object]], times: int) -> None:
    for _ in range(times):
        await call()


async def _together(call: Callable[[], Awaitable[object]]) -> None:
    await asyncio.gather(*[call() for _ in range(CONCURRENT)])
