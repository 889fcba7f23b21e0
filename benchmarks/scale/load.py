"""One run: two web processes, two workers, some of them killed; what came of each event."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs

from benchmarks.scale.deliveries import Deliveries, make_events
from benchmarks.scale.processes import Redis, Usage, start_web, start_worker, wait_until
from benchmarks.scale.settings import Settings


@attrs.frozen(kw_only=True)
class Plan:
    """What a run does."""

    deliveries: int = 50_000
    """Repetitions included."""
    repeats: float = 0.1
    """The share of events whose first answer is lost, so that they are delivered again."""
    kill_web: bool = True
    """Kill one of two web processes when 40 % of the deliveries are taken; it stays away."""
    kill_worker: str = "before done"
    """Kill one of two workers at work: ``before done`` or ``after done``; it stays away.

    ``child``: only the child that works, which its parent replaces. ``no``: none.
    """
    restart_redis: bool = False
    """Kill Redis when half of the deliveries are taken, and start it again."""
    appendonly: bool = True
    """Whether Redis writes what it is told to a file."""
    work: float = 0.001
    lease: float = 5.0
    visibility: float = 8.0
    drain: float = 60.0
    """Seconds without progress after which what is missing counts as lost."""
    seed: int = 1

    @property
    def events(self) -> int:
        """How many different events there are."""
        return round(self.deliveries / (1 + self.repeats))


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a run. Events are counted by id."""

    plan: Plan
    events: int
    answers: dict[str, int]
    given_up: int
    """Deliveries that LiveKit would have dropped."""
    started: int
    done: int
    lost: int
    """Taken by the web tier and never done."""
    done_twice: int
    interrupted: int
    """Started once more, because a worker was killed in between."""
    turned_away: int
    """Deliveries of events that were done already."""
    killed: list[str]
    delivering: float
    """Seconds until the last delivery was taken."""
    seconds: float
    """Seconds until the last event was done."""
    web: Usage
    """CPU seconds of both processes under this load, and the megabytes of the larger one."""
    workers: Usage
    redis: Usage
    redis_commands: float
    """Commands of Redis for one event; 0 if it was restarted, which begins the count anew."""

    @property
    def kept(self) -> bool:
        """Whether each event was done, and none twice but for a worker killed after the work."""
        allowed = 1 if self.plan.kill_worker == "after done" else 0
        return self.lost == 0 and self.given_up == 0 and self.done_twice <= allowed

    def as_dict(self) -> dict[str, object]:
        """Plain data."""
        return {**attrs.asdict(self), "kept": self.kept}


class Run:
    """The processes of a run, and what was seen of them."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.killed: list[str] = []
        self.before: dict[str, Usage] = {}
        self._commands = 0
        self._folder = folder
        self.redis = Redis(folder, appendonly=plan.appendonly)
        settings = Settings(
            broker=self.redis.url,
            folder=str(folder),
            work=plan.work,
            lease=plan.lease,
            visibility=plan.visibility,
            die_before_done=plan.kill_worker != "after done",
            die_alone=plan.kill_worker == "child",
        )
        doomed = 0 if plan.kill_worker == "no" else max(1, plan.events // 5)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/livekit/webhook"
        self.workers = [
            start_worker(attrs.evolve(settings, die_at=die_at), name, folder / f"{name}.log")
            for name, die_at in (("one", 0), ("other", doomed))
        ]
        self.web = [start_web(settings, self._listener, folder / f"web-{n}.log") for n in range(2)]

    def wait_until_ready(self) -> None:
        """Every process has started, so that what it uses from now on is for the load."""
        wait_until(lambda: self.diary()["ready"].total() == 2, "a worker")
        wait_until(lambda: all(web.log_has("Uvicorn running") for web in self.web), "a web process")
        self.before = self.sample()
        self._commands = self.redis.commands()

    def commands_each(self, events: int) -> float:
        """Commands of Redis for one event since everything was ready."""
        return round((self.redis.commands() - self._commands) / events, 1)

    def sample(self) -> dict[str, Usage]:
        """What each kind of process has used so far."""
        kinds = {"web": self.web, "workers": self.workers, "redis": [self.redis.group]}
        return {kind: _together([group.usage() for group in kinds[kind]]) for kind in kinds}

    async def keep_sampling(self) -> None:
        """Twice a second: what is killed has left no account."""
        while True:
            await asyncio.to_thread(self.sample)
            await asyncio.sleep(0.5)

    def kill_web(self) -> None:
        self.web[1].kill()
        self.killed.append("web")

    def restart_redis(self) -> None:
        self.redis.restart()
        self.killed.append("redis")

    def note_the_dead(self) -> None:
        """Workers are killed by themselves, at the worst moment."""
        if not self.workers[1].alive:
            self.killed.append("worker")
        if (self._folder / "a-child-died").exists():
            self.killed.append("child of a worker")

    def drain(self, wanted: int) -> float:
        """Wait until everything is done, or nothing moves any more; the time of the last move."""
        seen, moved = -1, time.monotonic()
        while time.monotonic() - moved < self.plan.drain:
            done = len(self.diary()["done"])
            if done != seen:
                seen, moved = done, time.monotonic()
            if done >= wanted:
                break
            time.sleep(0.2)
        return moved

    def diary(self) -> dict[str, Counter[str]]:
        """What all workers wrote: how often each event was started, done, turned away."""
        found = {what: Counter[str]() for what in ("ready", "started", "done", "again")}
        for path in self._folder.glob("worker-*.diary"):
            for line in path.read_text().splitlines():
                what, _, event_id = line.partition(" ")
                found[what][event_id] += 1
        return found

    def stop(self) -> None:
        for group in (*self.web, *self.workers, self.redis.group):
            group.stop()
        self._listener.close()


def run(plan: Plan) -> Outcome:
    """Carry out a plan."""
    with tempfile.TemporaryDirectory(prefix="lkapi-scale-") as folder:
        running = Run(plan, Path(folder))
        try:
            return asyncio.run(_deliver(running, plan))
        finally:
            running.stop()


async def _deliver(running: Run, plan: Plan) -> Outcome:
    events = make_events(plan.events, plan.seed)
    await asyncio.to_thread(running.wait_until_ready)
    sampling = asyncio.create_task(running.keep_sampling())
    deliveries = Deliveries(running.url, events, plan.repeats, plan.seed)
    milestones: list[tuple[int, Callable[[], object]]] = []
    if plan.kill_web:
        milestones.append((round(plan.deliveries * 0.4), running.kill_web))
    if plan.restart_redis:
        milestones.append((round(plan.deliveries * 0.5), running.restart_redis))
    began = time.monotonic()
    await deliveries.run(milestones)
    delivered = time.monotonic()
    ended = await asyncio.to_thread(running.drain, plan.events)
    running.note_the_dead()
    sampling.cancel()
    ids = [event.id for event in events]
    return _outcome(running, deliveries, ids, delivered - began, ended - began)


def _outcome(
    running: Run, deliveries: Deliveries, ids: list[str], delivering: float, seconds: float
) -> Outcome:
    diary, used = running.diary(), running.sample()
    spent = {kind: used[kind].since(running.before[kind]) for kind in used}
    return Outcome(
        plan=running.plan,
        events=len(ids),
        answers=dict(sorted(deliveries.counts.items())),
        given_up=deliveries.outbox.dropped,
        started=len(diary["started"]),
        done=len(diary["done"]),
        lost=sum(event_id not in diary["done"] for event_id in ids),
        done_twice=sum(times > 1 for times in diary["done"].values()),
        interrupted=sum(times > 1 for times in diary["started"].values()),
        turned_away=diary["again"].total(),
        killed=running.killed,
        delivering=round(delivering, 2),
        seconds=round(seconds, 2),
        web=spent["web"],
        workers=spent["workers"],
        redis=spent["redis"],
        redis_commands=0.0 if running.plan.restart_redis else running.commands_each(len(ids)),
    )


def _together(used: list[Usage]) -> Usage:
    return Usage(sum(u.cpu for u in used), max(u.megabytes for u in used))
