"""Peak memory of ten thousand calls, fifty at a time, each side in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.calls import responder
from benchmarks.harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = """
import asyncio, sys
{imports}

async def main():
    api = {make}
    async def caller():
        for _ in range(200):
            await api.room.create_room({request})
    await asyncio.gather(*[caller() for _ in range(50)])
    await api.aclose()

asyncio.run(main())
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""
_OURS = {
    "imports": "from lkapi.client import LiveKitAPI",
    "make": "LiveKitAPI(sys.argv[1], 'devkey', 's' * 32)",
    "request": "name='demo', empty_timeout=600",
}
_THEIRS = {
    "imports": "from livekit import api as official",
    "make": "official.LiveKitAPI(sys.argv[1], 'devkey', 's' * 32)",
    "request": "official.CreateRoomRequest(name='demo', empty_timeout=600)",
}


def _peak(url: str, parts: dict[str, str]) -> float:
    """Megabytes; from Linux, as ``ru_maxrss`` would count what the parent had at the fork."""
    command = [sys.executable, "-c", _PROGRAM.format(**parts), url]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout) / 1024


def rows() -> Iterator[Row]:
    if not Path("/proc/self/status").exists():
        return
    with responder() as port:
        url = f"http://127.0.0.1:{port}"
        theirs, ours = _peak(url, _THEIRS), _peak(url, _OURS)
    work = "peak memory of 10 000 calls, 50 at once (MB)"
    yield Row("memory.calls", work, theirs / 1e6, ours / 1e6, bar=0.8, reach=0.7)
