"""The load program: ``python -m benchmarks.scale``, or ``scripts/load-webhooks``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.scale.load import Outcome, Plan, run


def read_plan(arguments: list[str] | None = None) -> tuple[Plan, Path | None]:
    """The plan that the command line asks for, and where its outcome goes."""
    parser = argparse.ArgumentParser(prog="scripts/load-webhooks", description=__doc__)
    add = parser.add_argument
    add("--deliveries", type=int, default=50_000, help="repetitions included (50000)")
    add("--repeats", type=float, default=0.1, help="share of lost answers (0.1)")
    add("--no-kill-web", action="store_true", help="leave both web processes alone")
    kinds = ["before done", "after done", "child", "no"]
    add("--kill-worker", choices=kinds, default="before done", help="where one worker dies")
    add("--restart-redis", action="store_true", help="kill Redis in the middle, start it again")
    add("--no-appendonly", action="store_true", help="Redis keeps nothing when it is killed")
    add("--work", type=float, default=1.0, help="milliseconds that a worker's job takes (1)")
    add("--json", type=Path, metavar="FILE", help="write the outcome there")
    given = parser.parse_args(arguments)
    plan = Plan(
        deliveries=given.deliveries,
        repeats=given.repeats,
        kill_web=not given.no_kill_web,
        kill_worker=given.kill_worker,
        restart_redis=given.restart_redis,
        appendonly=not given.no_appendonly,
        work=given.work / 1000,
    )
    return plan, given.json


def report(outcome: Outcome) -> str:
    """The outcome for people."""
    taken = sum(n for what, n in outcome.answers.items() if what.startswith("2"))
    lines = [
        f"{outcome.events} events, answers {outcome.answers}",
        f"killed: {', '.join(outcome.killed) or 'nothing'}",
        f"given up by LiveKit's rules {outcome.given_up}, lost {outcome.lost}",
        f"done {outcome.done}, twice {outcome.done_twice}",
        f"begun again after a kill {outcome.interrupted}",
        f"repetitions turned away {outcome.turned_away}",
        f"{outcome.delivering} s to deliver, {outcome.seconds} s until the last was done",
        f"web: {outcome.web.rate(taken)}, {outcome.web.megabytes} MB a process",
        f"workers: {outcome.workers.rate(outcome.done)}, {outcome.workers.megabytes} MB each",
        f"redis: {outcome.redis.cpu} s of CPU, {outcome.redis.megabytes} MB at the end",
        f"redis: {outcome.redis_commands or 'not counted'} commands an event",
        "kept" if outcome.kept else "NOT KEPT",
    ]
    return "\n".join(lines)


def main() -> int:
    """Run once; 1 when something was lost, or done twice without cause."""
    plan, file = read_plan()
    outcome = run(plan)
    print(report(outcome))
    if file is not None:
        file.write_text(json.dumps(outcome.as_dict(), indent=1) + "\n")
    return 0 if outcome.kept else 1


if __name__ == "__main__":
    sys.exit(main())
