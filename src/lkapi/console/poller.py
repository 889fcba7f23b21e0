"""The one poller of a console: reads what somebody looks at, as often as is reasonable.

Each page says every second which topics it shows. A topic is read at its source's pace while pages
show it, less often afterwards, and not at all after an hour. After a 429, the poller waits as long
as the server says; a slow server is queried less often.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

import attrs

import lkapi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lkapi.console.store import Source, Store

__all__ = ["Poller"]

_logger: Final = logging.getLogger("lkapi.console")

WATCHED: Final = 10.0
"""Seconds for which a page counts as open after its last request."""
LINGERS: Final = 300.0
KEPT: Final = 3600.0
_SLOW, _SLOWEST = 15.0, 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_AFTER_A_FAULT: Final = 5.0
_LOAD: Final = 10.0
"""Reading takes at most a tenth of the time."""
_AT_ONCE: Final = 0.2
"""Seconds between two readings of a topic, even if many webhooks ask for one."""


@attrs.define
class _Demand:
    """One topic that pages have requested."""

    wanted_at: float
    due: float
    lasted: float = 0.0
    read_at: float = 0.0


class Poller:
    """Reads the topics of a store."""

    def __init__(self, store: Store, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._demands: dict[str, _Demand] = {}
        self._wake = asyncio.Event()
        self._pause_until = 0.0
        self._pause = _FIRST_PAUSE
        self._task: asyncio.Task[None] | None = None

    @property
    def paused(self) -> float:
        """Seconds for which the server asked to be left alone."""
        return max(0.0, self._pause_until - self._now())

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def aclose(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def want(self, topics: Iterable[str]) -> None:
        """Note that somebody looks at these topics now."""
        now = self._now()
        for topic in topics:
            source = self._store.source_of(topic)
            if source is None:
                continue
            demand = self._demands.setdefault(topic, _Demand(now, now))
            demand.wanted_at = now
            pace = self._pace(source, demand, now)
            if demand.due > demand.read_at + pace:
                demand.due = demand.read_at + pace
                self._wake.set()
            if demand.read_at == 0.0:
                self._wake.set()

    def expire(self, topics: Iterable[str] = (), *, event: str = "") -> None:
        """Read topics at once, or those that a webhook event is about."""
        now, names = self._now(), set(topics)
        self._store.expire(names)
        for topic, demand in self._demands.items():
            source = self._store.source_of(topic)
            told = bool(event and source and event.startswith(source.events or ("\0",)))
            if told or topic in names or topic.partition(":")[0] in names:
                demand.due = min(demand.due, max(now, demand.read_at + _AT_ONCE))
        self._wake.set()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            wait = self._next_in()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            try:
                await self.read_due()
            except Exception:  # an error in one page's source must not end the reading for all
                _logger.exception("the console's poller failed")
                await asyncio.sleep(_AFTER_A_FAULT)

    def _next_in(self) -> float | None:
        """Seconds until something is due; None while nobody looks."""
        if not self._demands:
            return None
        first = min(demand.due for demand in self._demands.values())
        return max(0.0, first - self._now(), self.paused)

    async def read_due(self) -> None:
        """Read what is due now, one after the other."""
        for topic, demand in list(self._demands.items()):
            if self.paused:
                return
            if demand.due <= self._now():
                await self._read(topic, demand)

    async def _read(self, topic: str, demand: _Demand) -> None:
        began = self._now()
        _, error = await self._store.try_to_read(topic)
        demand.read_at = now = self._now()
        demand.lasted = now - began
        if isinstance(error, lkapi.ResourceExhaustedError):
            self._leave_alone(error.retry_after)
        elif error is None:
            self._pause = _FIRST_PAUSE
        if now - demand.wanted_at > KEPT:
            del self._demands[topic]
            return
        source = self._store.sources[topic.partition(":")[0]]
        slower = 5.0 if error is not None else 0.0
        demand.due = now + max(self._pace(source, demand, now), slower)

    def _leave_alone(self, seconds: float | None) -> None:
        self._pause_until = self._now() + (self._pause if seconds is None else seconds)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _pace(self, source: Source, demand: _Demand, now: float) -> float:
        unwatched = now - demand.wanted_at
        slow = 0.0 if unwatched < WATCHED else _SLOW if unwatched < LINGERS else _SLOWEST
        return max(source.every, demand.lasted * _LOAD, slow)
