"""The embedded server: its rate in process and over HTTP, its start, its memory.

livekit-api has no counterpart, so these are figures and no ratios.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.growth.alone import alone, resident_kb
from benchmarks.harness import Figure, per_call
from lkapi.auth import AccessToken, VideoGrants
from lkapi.devserver import DevServer, HTTPFrontEnd, InProcessTransport, World
from lkapi.protocol.room import CreateRoomRequest
from lkapi.sync import SyncLiveKitAPI

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "devkey", "secret"
CONNECTIONS, SECONDS, ROUNDS, ROOMS = 50, 4.0, 9, 10_000
PATH = "/twirp/livekit.RoomService/CreateRoom"


def figures() -> Iterator[Figure]:
    world = min(per_call(World, 500) for _ in range(ROUNDS))
    yield Figure("embedded server: a fresh World", f"{world * 1e6:.0f} µs")
    front_end = min(per_call(_open_and_close, 20) for _ in range(ROUNDS))
    yield Figure("embedded server: an HTTPFrontEnd, opened and closed", f"{front_end * 1e3:.2f} ms")
    started = statistics.median(_start() for _ in range(ROUNDS))
    yield Figure("embedded server: the program, until it listens", f"{started * 1e3:.0f} ms")
    yield Figure("embedded server: calls in process, client included", f"{_calls():,.0f} a second")
    rate = max(asyncio.run(_http_rate()) for _ in range(3))
    work = f"embedded server: requests over HTTP, {CONNECTIONS} connections"
    yield Figure(work, f"{rate:,.0f} a second")
    memory = alone(rooms_kb, count=ROOMS)
    yield Figure(f"embedded server: {ROOMS:,} rooms", f"{memory / 1024:.0f} MB")


def _open_and_close() -> None:
    with HTTPFrontEnd():
        pass


@contextlib.contextmanager
def _program() -> Iterator[str]:
    """The url of the program, which runs in a process of its own."""
    command = [sys.executable, "-m", "lkapi.devserver", "--port", "0", "--quiet"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "http://" in line)
            yield line[line.index("http://") :].split()[0].rstrip("\"'")
        finally:
            process.terminate()


def _start() -> float:
    began = time.perf_counter()
    with _program():
        return time.perf_counter() - began


def _calls() -> float:
    transport = InProcessTransport(World(keys={KEY: SECRET}))
    with SyncLiveKitAPI("http://livekit.test", KEY, SECRET, transport=transport) as api:
        best = min(per_call(lambda: api.room.create_room(name="demo"), 500) for _ in range(ROUNDS))
    return 1 / best


def _request(host: str) -> bytes:
    token = AccessToken(KEY, SECRET).with_grants(VideoGrants(room_create=True)).to_jwt()
    body = CreateRoomRequest(name="demo", empty_timeout=600).to_bytes()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/protobuf\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Caller(asyncio.Protocol):
    """Sends the same request again as soon as its response is there."""

    def __init__(self, request: bytes) -> None:
        self.request, self.answered, self.waiting = request, 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        head, found, rest = self.waiting.partition(b"\r\n\r\n")
        if not found:
            return
        assert head.startswith(b"HTTP/1.1 200"), head
        at = head.lower().index(b"content-length:") + 15
        if len(rest) < int(head[at:].partition(b"\r\n")[0]):
            return
        self.waiting = b""
        self.answered += 1
        self.transport.write(self.request)


async def _http_rate() -> float:
    with _program() as url:
        host = url.removeprefix("http://")
        name, _, port = host.partition(":")
        loop, request = asyncio.get_running_loop(), _request(host)
        callers = [
            (await loop.create_connection(lambda: _Caller(request), name, int(port)))[1]
            for _ in range(CONNECTIONS)
        ]
        began, before = time.perf_counter(), sum(caller.answered for caller in callers)
        await asyncio.sleep(SECONDS)
        took, after = time.perf_counter() - began, sum(caller.answered for caller in callers)
        for caller in callers:
            caller.transport.abort()
        return (after - before) / took


def rooms_kb(count: int) -> int:
    """KB of a world with so many rooms."""
    server = DevServer(World(keys={KEY: SECRET}))
    with SyncLiveKitAPI(
        "http://livekit.test", KEY, SECRET, transport=InProcessTransport(server)
    ) as api:
        api.room.create_room(name="first")
        before = resident_kb()
        for number in range(count):
            api.room.create_room(name=f"room-{number}")
        return resident_kb() - before
