"""Paired timings: ours and livekit-api's in one run, taking turns, reported as a ratio."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence

import attrs


@attrs.define
class Effort:
    """How much is measured for one row; ``--quick`` lowers it."""

    rounds: int = 21
    block: float = 0.04
    """Seconds of each side's turn, roughly; an odd call is as long as it is."""


EFFORT = Effort()
"""Of this run."""


def quick() -> None:
    """Measure little: every row within a minute."""
    EFFORT.rounds, EFFORT.block = 9, 0.012


@attrs.frozen
class Row:
    """One line of the benchmark's table."""

    name: str
    """Short, for files and the quick table: ``token.mint``."""
    work: str
    """For people."""
    theirs: float
    """Seconds for one piece of work with livekit-api, the median over the rounds."""
    ours: float
    bar: float
    """The ratio ours/theirs that must not be passed."""
    reach: float | None = None
    ratios: Sequence[float] = ()
    """The ratio of each round, whose two turns follow each other."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios) if self.ratios else self.ours / self.theirs

    @property
    def ok(self) -> bool:
        return self.ratio <= self.bar

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the ratios."""
        if len(self.ratios) < 2:
            return (self.ratio, self.ratio)
        low, _, high = statistics.quantiles(self.ratios, n=4)
        return (low, high)


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


def _number(work: Callable[[], object]) -> int:
    """How many calls fill a turn."""
    work()
    once = max(per_call(work, 1), 1e-7)
    trial = max(1, int(EFFORT.block / 4 / once))
    return max(1, round(EFFORT.block / per_call(work, trial)))


def paired(
    name: str,
    work: str,
    *,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    bar: float,
    reach: float | None = None,
    pieces: int = 1,
    our_pieces: int | None = None,
) -> Row:
    """Let both sides take turns and compare them round by round.

    Args:
        name: of the row.
        work: what is done, for people.
        ours: lkapi's side.
        theirs: livekit-api's.
        bar: the ratio that must not be passed.
        reach: the ratio that would be better still.
        pieces: how many pieces of work one call of ``ours`` and ``theirs`` does.
        our_pieces: the same of ``ours``, where it differs.
    """
    share = {"ours": our_pieces or pieces, "theirs": pieces}
    numbers = {"ours": _number(ours), "theirs": _number(theirs)}
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(EFFORT.rounds):
        sides = [("ours", ours), ("theirs", theirs)]
        for side, call in sides if turn % 2 else reversed(sides):
            times[side].append(per_call(call, numbers[side]) / share[side])
    return Row(
        name=name,
        work=work,
        theirs=statistics.median(times["theirs"]),
        ours=statistics.median(times["ours"]),
        bar=bar,
        reach=reach,
        ratios=[a / b for a, b in zip(times["ours"], times["theirs"], strict=True)],
    )
