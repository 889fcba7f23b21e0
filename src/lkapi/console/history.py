"""Counts over the last hour, for the plots; kept in memory."""

from __future__ import annotations

from collections import deque
from typing import Final

import attrs

__all__ = ["History", "Sample"]

SPAN: Final = 3600.0
_STEP: Final = 5.0


@attrs.frozen
class Sample:
    """The counts at one time."""

    at: float
    counts: dict[str, int]


class History:
    """At most one sample each five seconds, none older than an hour."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=int(SPAN / _STEP) + 1)

    def add(self, at: float, **counts: int) -> None:
        """Note counts; within five seconds of the last sample they replace its counts."""
        samples = self._samples
        if samples and at - samples[-1].at < _STEP:
            last = samples.pop()
            samples.append(Sample(last.at, {**last.counts, **counts}))
        else:
            before = samples[-1].counts if samples else {}
            samples.append(Sample(at, {**before, **counts}))
        while samples and samples[0].at < at - SPAN:
            samples.popleft()

    def columns(self, *names: str) -> list[list[float | None]]:
        """Times, and the counts of each name; None if it was not counted yet."""
        return [self._column(name) for name in ("", *names)]

    def _column(self, name: str) -> list[float | None]:
        """The counts of a name; the times for an empty one."""
        return [s.counts.get(name) if name else s.at for s in self._samples]

    def __len__(self) -> int:
        return len(self._samples)
