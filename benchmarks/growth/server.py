"""The server of these measurements, a process of its own: two regions, answers made in advance.

What a room is called says what happens: ``many-1000`` has so many participants, ``slow-…`` is
answered after half a second, ``fail-…`` is 503 at home and answered in the other region.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import attrs

from lkapi.protocol.models import ParticipantInfo, Room
from lkapi.protocol.room import CreateRoomRequest, ListParticipantsResponse

ROOT = Path(__file__).resolve().parents[2]
REGIONS_FRESH = 30
"""Seconds for which a client may use the list of regions."""
SLOW = 0.5


@attrs.frozen
class Server:
    """Where it listens."""

    home: str
    region: str


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """The server in another process, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.growth.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(*json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def _answer(status: str, body: bytes, kind: str = "application/protobuf") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Cache-Control: max-age={REGIONS_FRESH}\r\n\r\n".encode() + body


@lru_cache(maxsize=64)
def participants(count: int) -> bytes:
    """A full answer that lists so many people."""
    people = [
        ParticipantInfo(
            sid=f"PA_{number:012d}",
            identity=f"visitor-{number}",
            name=f"Visitor {number}",
            metadata='{"team": "blue"}',
            joined_at=1_800_000_000 + number,
            attributes={"language": "en"},
        )
        for number in range(count)
    ]
    return _answer("200 OK", ListParticipantsResponse(participants=people).to_bytes())


_ROOM = _answer("200 OK", Room(sid="RM_abcdefghijkl", name="demo", empty_timeout=600).to_bytes())
_FAILURE = _answer("503 Service Unavailable", b'{"code":"unavailable","msg":"on purpose"}', "json")


class Responder(asyncio.Protocol):
    """Reads as much of HTTP as lkapi's clients write."""

    def __init__(self, regions: bytes, *, home: bool) -> None:
        self._regions = regions
        self._home = home

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower() + b"\r\n"
            at = head.find(b"content-length:")
            length = 0 if at < 0 else int(head[at + 15 : head.index(b"\r\n", at)])
            if len(self._waiting) < end + 4 + length:
                return
            body = self._waiting[end + 4 : end + 4 + length]
            self._waiting = self._waiting[end + 4 + length :]
            self._respond(head.split(b" ", 2)[1], body)

    def _respond(self, path: bytes, body: bytes) -> None:
        if path.endswith(b"/settings/regions"):
            self._transport.write(self._regions)
            return
        name = CreateRoomRequest.from_bytes(body).name  # the room is field 1 of both requests
        if name.startswith("slow-"):
            asyncio.get_running_loop().call_later(SLOW, self._transport.write, _ROOM)
        elif name.startswith("fail-") and self._home:
            self._transport.write(_FAILURE)
        elif path.endswith(b"listparticipants"):
            self._transport.write(participants(int(name.rpartition("-")[2])))
        else:
            self._transport.write(_ROOM)


async def main() -> None:
    """Listen on two free ports, say which, and answer until the process is ended."""
    loop = asyncio.get_running_loop()
    regions = b""
    away = await loop.create_server(
        lambda: Responder(regions, home=False), "127.0.0.1", 0, backlog=2048
    )
    elsewhere = f"http://127.0.0.1:{away.sockets[0].getsockname()[1]}"
    listed = {"regions": [{"region": "elsewhere", "url": elsewhere, "distance": "1"}]}
    regions = _answer("200 OK", json.dumps(listed).encode(), "application/json")
    home = await loop.create_server(
        lambda: Responder(regions, home=True), "127.0.0.1", 0, backlog=2048
    )
    print(
        json.dumps([f"http://127.0.0.1:{home.sockets[0].getsockname()[1]}", elsewhere]), flush=True
    )
    await asyncio.gather(home.serve_forever(), away.serve_forever())


if __name__ == "__main__":
    asyncio.run(main())
