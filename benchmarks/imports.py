"""Start-up: a process that imports the client, and one that imports the token path alone.

The whole process counts on both sides, Python's start included, as CPU time, which a busy machine
lengthens less than the time that passes.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.harness import EFFORT, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = "from livekit import api; api.LiveKitAPI"
CLIENT = "import lkapi; lkapi.LiveKitAPI"
TOKENS = "from lkapi import AccessToken"


def _measure(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows() -> Iterator[Row]:
    times: dict[str, list[float]] = {PEER: [], CLIENT: [], TOKENS: []}
    for code in times:
        _measure(code)
    for _ in range(EFFORT.rounds):
        for code, taken in times.items():
            taken.append(_measure(code))
    yield _row("import.client", "start, import lkapi and its client", times, CLIENT, 0.30)
    yield _row("import.tokens", "start, import the token path alone", times, TOKENS, 0.20)


def _row(name: str, work: str, times: dict[str, list[float]], code: str, bar: float) -> Row:
    return Row(
        name=name,
        work=work,
        theirs=statistics.median(times[PEER]),
        ours=statistics.median(times[code]),
        bar=bar,
        ratios=[a / b for a, b in zip(times[code], times[PEER], strict=True)],
    )
