"""Paired timings: ours and livekit-api's in one run, taking turns, reported as a ratio."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

import attrs


@attrs.frozen
class Row:
    """One line of the benchmark's table."""

    work: str
    theirs: float
    """Seconds for one piece of work with livekit-api, the median over the rounds."""
    ours: float
    bar: float
    """The ratio ours/theirs that must not be passed."""
    reach: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


@attrs.frozen
class Figure:
    """Something that livekit-api does not have, so that it can only be told as it is."""

    work: str
    value: str


def per_call(work: Callable[[], object], number: int) -> float:
    """Seconds of one call, averaged over ``number`` calls, without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(number):
            work()
        return (time.perf_counter() - start) / number
    finally:
        gc.enable()


def paired(
    work: str,
    *,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    bar: float,
    reach: float | None = None,
    number: int = 200,
    rounds: int = 11,
) -> Row:
    """Let both sides take turns and compare their medians."""
    ours()
    theirs()
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(rounds):
        sides = [("ours", ours), ("theirs", theirs)]
        for side, call in sides if turn % 2 else reversed(sides):
            times[side].append(per_call(call, number))
    return Row(
        work=work,
        theirs=statistics.median(times["theirs"]),
        ours=statistics.median(times["ours"]),
        bar=bar,
        reach=reach,
    )
