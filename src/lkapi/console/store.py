"""What the console knows about its server: a reading for each topic, and how to read it.

A topic is ``rooms``, or with an argument ``room:demo``. Its source reads it; its version shows
pages whether anything has changed since they were drawn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.history import History
from lkapi.console.problems import Problem, describe_problem
from lkapi.console.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from lkapi.console.link import Link
    from lkapi.console.timeline import State

__all__ = ["Reading", "Source", "Store"]

_MAX_READINGS: Final = 400
MAX_AGE: Final = 10.0
"""Seconds after which a page waits for a new reading instead of showing the last one."""


@attrs.frozen(kw_only=True)
class Source:
    """How one kind of topic is read."""

    name: str
    """``rooms``, or ``room`` for the topics ``room:demo``, ``room:other``."""
    read: Callable[[Link, str], Awaitable[Any]]
    """Called with the link and the part after the colon; its value is compared with ``==``."""
    every: float = 1.0
    """Seconds between two readings while somebody looks."""
    events: tuple[str, ...] = ()
    """Beginnings of the names of webhook events after which it is read at once."""
    counts: Callable[[Any], dict[str, int]] | None = None
    """The counts in it that are kept over time for the plots."""
    states: Callable[[Any], Iterable[State]] | None = None
    """The states in it whose changes are kept."""


@attrs.define(kw_only=True)
class Reading:
    """The last reading of a topic."""

    value: Any = None
    """None until a reading has succeeded."""
    at: float = 0.0
    """Unix time of the last success."""
    tried_at: float = 0.0
    """Unix time of the last attempt."""
    version: int = 0
    """Raised by each change of the value or of the problem."""
    problem: Problem | None = None
    """Why the last attempt failed; the value is then the previous one."""

    def find(self, field: str, wanted: str) -> Any:
        """The item of a list by one of its fields; None if it does not exist."""
        return next((one for one in self.value or () if getattr(one, field) == wanted), None)


class Store:
    """The readings."""

    def __init__(
        self, link: Link, sources: Iterable[Source], *, now: Callable[[], float] = time.time
    ) -> None:
        self.link = link
        self.sources = {source.name: source for source in sources}
        self.history = History()
        self.timeline = Timeline()
        self.now = now
        self._readings: dict[str, Reading] = {}
        self._expired: set[str] = set()

    def source_of(self, topic: str) -> Source | None:
        """The source that reads a topic."""
        return self.sources.get(topic.partition(":")[0])

    def get(self, topic: str) -> Reading:
        """The last reading, an empty one if there was none."""
        return self._readings.get(topic) or Reading()

    def value(self, topic: str, default: Any = ()) -> Any:
        """What was last read, or the default."""
        found = self.get(topic).value
        return default if found is None else found

    async def read(self, topic: str) -> Reading:
        """Read a topic now; a failure is kept with the reading and returned, not raised."""
        return (await self.try_to_read(topic))[0]

    async def find(self, topic: str, field: str, wanted: str) -> Any:
        """An item of a list, read now; None if it does not exist or cannot be read."""
        reading = await self.read(topic)
        return None if reading.problem is not None else reading.find(field, wanted)

    async def try_to_read(self, topic: str) -> tuple[Reading, lkapi.LiveKitError | None]:
        """Like ``read``, but returns the error too."""
        source = self.sources[topic.partition(":")[0]]
        self._expired.discard(topic)
        try:
            value = await source.read(self.link, topic.partition(":")[2])
        except lkapi.LiveKitError as error:
            return self._failed(topic, describe_problem(error)), error
        if source.counts is not None:
            self.history.add(self.now(), **source.counts(value))
        if source.states is not None:
            self.timeline.note(self.now(), source.states(value))
        return self._succeeded(topic, value), None

    async def get_or_read(self, topic: str, *, max_age: float = MAX_AGE) -> Reading:
        """The last reading; a new one if that is too old, or if something was done since."""
        found = self._readings.get(topic)
        if found is None or topic in self._expired or self.now() - found.tried_at > max_age:
            return await self.read(topic)
        return found

    def expire(self, topics: Iterable[str]) -> None:
        """Note that something changed in these topics, or in any topic of these kinds."""
        names = set(topics)
        self._expired |= {
            topic for topic in self._readings if topic in names or topic.partition(":")[0] in names
        }

    def _succeeded(self, topic: str, value: Any) -> Reading:
        reading = self._slot(topic)
        if reading.problem is not None or reading.value is None or reading.value != value:
            reading.version += 1
        reading.value, reading.at, reading.problem = value, self.now(), None
        return reading

    def _failed(self, topic: str, problem: Problem) -> Reading:
        reading = self._slot(topic)
        if reading.problem != problem:
            reading.version += 1
        reading.problem = problem
        return reading

    def _slot(self, topic: str) -> Reading:
        reading = self._readings.pop(topic, None) or Reading()
        reading.tried_at = self.now()
        self._readings[topic] = reading
        while len(self._readings) > _MAX_READINGS:
            self._readings.pop(next(iter(self._readings)))
        return reading
