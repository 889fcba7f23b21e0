"""LiveKit's side: signed events, delivered by its rules, some of the answers lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter, deque
from collections.abc import Callable

import aiohttp

from benchmarks.scale.settings import KEY, SECRET
from lkapi.protocol.models import ParticipantInfo, Room
from lkapi.webhook import WebhookEvent, WebhookTarget
from lkapi.webhook.outbox import Delivery, Outbox

WINDOW = 256
"""Events that wait or are under way at once: so few that none gets 30 s old in the queue."""
CONNECTIONS = 32
ROOM_SIZE = 24
"""Events of one room; half of them joins, half of them leaves."""


def make_events(count: int, seed: int) -> list[WebhookEvent]:
    """Visits to rooms, shuffled: a leave may come before its join, and rooms are mixed."""
    names = ("participant_joined", "participant_left")
    events = [_event(number, names[number % 2]) for number in range(count)]
    random.Random(seed).shuffle(events)
    return events


def _event(number: int, name: str) -> WebhookEvent:
    room, visitor = number // ROOM_SIZE, number // 2
    return WebhookEvent(
        event=name,
        id=f"EV_{number:08d}",
        created_at=1_800_000_000 + number,
        room=Room(name=f"room-{room}", sid=f"RM_{room:08d}", metadata="m" * 200),
        participant=ParticipantInfo(
            identity=f"visitor-{visitor}",
            sid=f"PA_{visitor:08d}",
            name=f"Visitor {visitor}",
            metadata="m" * 200,
            attributes={"team": "blue", "language": "en"},
        ),
    )


class Deliveries:
    """Delivers events until each has an answer, or was given up as LiveKit would."""

    def __init__(self, url: str, events: list[WebhookEvent], repeats: float, seed: int) -> None:
        """Plan.

        Args:
            url: the route.
            events: what to deliver, in this order.
            repeats: the share of events whose first answer is lost, so that they come again.
            seed: decides which.
        """
        self.outbox = Outbox()
        self.counts: Counter[str] = Counter()
        """Answers by status, ``no answer``, and ``answer lost``."""
        self._target = WebhookTarget(url, KEY, SECRET)
        self._waiting = deque(events)
        ids = [event.id for event in events]
        self._to_lose = set(random.Random(seed).sample(ids, round(repeats * len(ids))))
        self._reported = asyncio.Event()
        self._posting: set[asyncio.Task[None]] = set()

    @property
    def answered(self) -> int:
        """Deliveries that the web tier took."""
        return sum(n for what, n in self.counts.items() if what.startswith("2"))

    async def run(self, milestones: list[tuple[int, Callable[[], object]]]) -> None:
        """Deliver everything; do something when so many deliveries were taken."""
        todo = deque(sorted(milestones, key=lambda each: each[0]))
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            while self._waiting or len(self.outbox):
                self._fill()
                for outgoing in self.outbox.start_due(time.time()):
                    task = asyncio.create_task(self._post(http, outgoing))
                    self._posting.add(task)
                    task.add_done_callback(self._posting.discard)
                await self._wait()
                while todo and self.answered >= todo[0][0]:
                    await asyncio.to_thread(todo.popleft()[1])
            await asyncio.gather(*self._posting)

    def _fill(self) -> None:
        while self._waiting and len(self.outbox) < WINDOW:
            self.outbox.add(self._waiting.popleft(), self._target, time.time())

    async def _wait(self) -> None:
        """Until an answer comes, or the next repetition is due."""
        due = self.outbox.next_due()
        self._reported.clear()
        timeout = None if due is None else max(0.001, due - time.time())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._reported.wait(), timeout)

    async def _post(self, http: aiohttp.ClientSession, outgoing: Delivery) -> None:
        signed = outgoing.signed
        assert signed is not None
        status: int | None = None
        try:
            async with http.post(self._target.url, data=signed.body, headers=signed.headers) as it:
                status = it.status
                await it.read()
            self.counts[str(status)] += 1
        except (aiohttp.ClientError, asyncio.TimeoutError):
            self.counts["no answer"] += 1
        if status is not None and 200 <= status < 300 and outgoing.event.id in self._to_lose:
            self._to_lose.discard(outgoing.event.id)
            self.counts["answer lost"] += 1
            status = None
        self.outbox.report(outgoing, status, time.time())
        self._reported.set()
