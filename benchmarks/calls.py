"""create_room on loopback, plain and over TLS, against a responder in a process of its own.

Each row is a ratio to livekit-api's async call, measured in the same run in turns of ten calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import aiohttp
from livekit import api as theirs

from benchmarks.harness import Row, paired
from lkapi.client import LiveKitAPI
from lkapi.sync import SyncLiveKitAPI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

KEY, SECRET = "devkey", "secretsecretsecretsecretsecretsecret"
TURN, CONCURRENT, THREADS = 10, 50, 16
BARS = {
    "plain": {"one": (0.80, 0.70), "many": (0.62, 0.55), "sync": (0.62, 0.50)},
    "TLS": {"one": (0.72, 0.65), "many": (0.72, 0.62), "sync": (0.68, 0.55)},
}
THREADS_BAR = 0.90


@contextlib.contextmanager
def one_processor() -> Iterator[None]:
    """Keep this process on one processor; ``responder`` gets the others.

    Python's lock lets one thread run at a time. Whether the system keeps sixteen of them on one
    processor or moves them between two changes a call's time by 70 %, from run to run.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)


@contextlib.contextmanager
def responder(*certificate: str) -> Iterator[int]:
    """The port of a running responder."""
    command = [sys.executable, "-m", "benchmarks._responder", *certificate]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            _leave_to(process.pid)
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _leave_to(pid: int) -> None:
    """Move a process to the processors that ``one_processor`` does not use, if it is in force."""
    if hasattr(os, "sched_setaffinity"):
        others = set(range(os.cpu_count() or 1)) - os.sched_getaffinity(0)
        if others:
            os.sched_setaffinity(pid, others)


@contextlib.contextmanager
def certificate() -> Iterator[tuple[str, str]]:
    """A certificate for localhost that signs itself, and its key."""
    with tempfile.TemporaryDirectory() as folder:
        paths = f"{folder}/cert.pem", f"{folder}/key.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2"
        files = ["-out", paths[0], "-keyout", paths[1]]
        subprocess.run([*command.split(), *names.split(), *files], check=True, capture_output=True)
        yield paths


def rows() -> Iterator[Row]:
    with one_processor(), responder() as port:
        yield from _rows("plain", f"http://localhost:{port}", None)
    with one_processor(), certificate() as paths, responder(*paths) as port:
        yield from _rows("TLS", f"https://localhost:{port}", paths[0])


def _rows(kind: str, url: str, ca_file: str | None) -> Iterator[Row]:
    bars = BARS[kind]
    with asyncio.Runner() as runner, ThreadPoolExecutor(THREADS) as threads:
        official, session = runner.run(_official(url, ca_file))
        ours = LiveKitAPI(url, KEY, SECRET, ca_file=ca_file)
        blocking = SyncLiveKitAPI(url, KEY, SECRET, ca_file=ca_file)

        async def their_call() -> object:
            return await official.room.create_room(
                theirs.CreateRoomRequest(name="demo", empty_timeout=600)
            )

        async def our_call() -> object:
            return await ours.room.create_room(name="demo", empty_timeout=600)

        def block(calls: int) -> None:
            for _ in range(calls):
                blocking.room.create_room(name="demo", empty_timeout=600)

        def run(call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
            return lambda: runner.run(_repeat(call, TURN))

        def gather(call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
            return lambda: runner.run(_together(call))

        def in_threads() -> None:
            list(threads.map(block, [TURN] * THREADS))

        work, name = f"create_room, {kind}, ", f"call.{kind.lower()}."
        one, many = run(their_call), gather(their_call)
        yield paired(
            name + "async",
            work + "async, one at a time",
            ours=run(our_call),
            theirs=one,
            bar=bars["one"][0],
            reach=bars["one"][1],
            pieces=TURN,
        )
        yield paired(
            name + "async-50",
            work + "async, 50 concurrent",
            ours=gather(our_call),
            theirs=many,
            bar=bars["many"][0],
            reach=bars["many"][1],
            pieces=CONCURRENT,
        )
        yield paired(
            name + "sync",
            work + "sync, one thread",
            ours=lambda: block(TURN),
            theirs=one,
            bar=bars["sync"][0],
            reach=bars["sync"][1],
            pieces=TURN,
        )
        yield paired(
            name + "sync-16",
            work + "sync, 16 threads (to 50 at once)",
            ours=in_threads,
            theirs=many,
            bar=THREADS_BAR,
            reach=0.70,
            pieces=CONCURRENT,
            our_pieces=TURN * THREADS,
        )
        runner.run(_close(official, session, ours))
        blocking.close()


async def _official(
    url: str, ca_file: str | None
) -> tuple[theirs.LiveKitAPI, aiohttp.ClientSession | None]:
    if ca_file is None:
        return theirs.LiveKitAPI(url, KEY, SECRET), None
    context = ssl.create_default_context(cafile=ca_file)
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
    return theirs.LiveKitAPI(url, KEY, SECRET, session=session), session


async def _close(
    official: theirs.LiveKitAPI, session: aiohttp.ClientSession | None, ours: LiveKitAPI
) -> None:
    await ours.aclose()
    await official.aclose()
    if session is not None:
        await session.close()


async def _repeat(call: Callable[[], Awaitable[object]], times: int) -> None:
    for _ in range(times):
        await call()


async def _together(call: Callable[[], Awaitable[object]]) -> None:
    await asyncio.gather(*[call() for _ in range(CONCURRENT)])
