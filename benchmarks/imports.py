"""Start-up: importing the client, and the token path alone, in fresh interpreters."""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 9
_TIMED = "import time; t=time.perf_counter(); {work}; print(time.perf_counter()-t)"


def _measure(work: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(work=work)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def rows() -> Iterator[Row]:
    theirs, client, token = [], [], []
    for _ in range(ROUNDS):
        theirs.append(_measure("from livekit import api; api.LiveKitAPI"))
        client.append(_measure("import lkapi; lkapi.LiveKitAPI"))
        token.append(_measure("from lkapi import AccessToken"))
    base = statistics.median(theirs)
    yield Row("import lkapi and its client", base, statistics.median(client), 0.35, 0.2)
    yield Row("import the token path alone", base, statistics.median(token), 0.25, 0.15)
