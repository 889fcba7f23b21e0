"""How many processes a load needs: the arithmetic of docs/at-scale.md, with your own figures.

``python -m benchmarks.sizing --webhooks-a-day 100e6 --calls-a-second 10000``. Every measured figure
is an option; what they are by default was measured as the page says.
"""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

import attrs

DAY = 86_400.0


@attrs.frozen(kw_only=True)
class Load:
    """What is asked of the installation."""

    webhooks_a_day: float = 0.0
    calls_a_second: float = 0.0
    tokens_a_second: float = 0.0
    peak: float = 3.0
    """The busiest second, in multiples of the mean. For webhooks; the others are peaks already."""
    repeats: float = 0.02
    """Share of webhooks that come again."""


@attrs.frozen(kw_only=True)
class Figures:
    """What one core, or one byte, is good for. Rates are per second of CPU."""

    web: float = 300.0
    """Deliveries verified and put into a Celery queue, framework and server included."""
    worker: float = 160.0
    """Tasks taken, de-duplicated and acknowledged, without your own work."""
    work_ms: float = 2.0
    """CPU of your own work on one event, in milliseconds."""
    call: float = 3000.0
    """Calls of the async client."""
    token: float = 40_000.0
    """Join tokens signed, without a web framework."""
    redis: float = 1000.0
    """Webhooks through queue and store of one Redis, written to its file; it has one thread."""
    latency_ms: float = 30.0
    """From a call to its response."""
    kb_queued: float = 2.8
    """One event in the queue, in Redis."""
    bytes_an_id: float = 127.0
    """One handled event in the store."""
    ttl_hours: float = 24.0
    outage_minutes: float = 15.0
    """How long the workers may be away while the queue takes everything."""
    used: float = 0.6
    """How busy a core should be at the peak."""
    cloud_calls_a_minute: float = 1000.0
    """The limit of one LiveKit Cloud project, unless yours was raised."""


@attrs.frozen(kw_only=True)
class Size:
    """What the load needs."""

    webhooks_a_second: float
    """At the peak, repetitions included."""
    web_processes: int
    worker_processes: int
    """Each working on one event at a time."""
    call_processes: int
    connections: int
    """Calls under way at once (Little's law)."""
    token_processes: int
    redis_share: float
    """Of one Redis, for queue and store together; above 1 it cannot keep up."""
    queue_gb: float
    """What gathers while the workers are away."""
    store_gb: float
    cloud_projects: float
    """How many times the default call limit of a LiveKit Cloud project this is."""

    @property
    def breaks_first(self) -> str:
        """What stands in the way of this load, the hardest first."""
        if self.cloud_projects > 1:
            return "LiveKit Cloud's call limit"
        if self.redis_share > 1:
            return "one Redis for queue and store"
        if self.queue_gb + self.store_gb > 16:
            return "the memory of Redis"
        return "nothing that another process would not mend"


def size(load: Load, figures: Figures | None = None) -> Size:
    """The arithmetic."""
    f = figures or Figures()
    mean = load.webhooks_a_day / DAY * (1 + load.repeats)
    peak = mean * load.peak
    seconds_a_task = 1 / f.worker + f.work_ms / 1000
    return Size(
        webhooks_a_second=peak,
        web_processes=_processes(peak / f.web, f.used),
        worker_processes=_processes(peak * seconds_a_task, f.used),
        call_processes=_processes(load.calls_a_second / f.call, f.used),
        connections=math.ceil(load.calls_a_second * f.latency_ms / 1000),
        token_processes=_processes(load.tokens_a_second / f.token, f.used),
        redis_share=peak / f.redis,
        queue_gb=peak * f.outage_minutes * 60 * f.kb_queued / 1e6,
        store_gb=load.webhooks_a_day * f.ttl_hours / 24 * f.bytes_an_id / 1e9,
        cloud_projects=load.calls_a_second * 60 / f.cloud_calls_a_minute,
    )


def _processes(cores: float, used: float) -> int:
    """Whole processes for so many busy cores; two at least, so that one may die."""
    return 0 if cores == 0 else max(2, math.ceil(cores / used))


def report(needed: Size) -> str:
    """The result for people."""
    return "\n".join(
        [
            f"webhooks at the peak   {needed.webhooks_a_second:,.0f} a second",
            f"web processes          {needed.web_processes}",
            f"worker processes       {needed.worker_processes}",
            f"Redis                  {needed.redis_share:.0%} of one",
            f"  queue, workers away  {needed.queue_gb:.1f} GB",
            f"  ids handled          {needed.store_gb:.1f} GB",
            f"processes for calls    {needed.call_processes}",
            f"  connections          {needed.connections} in all",
            f"processes for tokens   {needed.token_processes}",
            f"call limits of Cloud   {needed.cloud_projects:,.0f} times a project's default",
            f"what breaks first      {needed.breaks_first}",
        ]
    )


def _options(parser: argparse.ArgumentParser, kind: type[Any]) -> None:
    for field in attrs.fields(kind):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=float, default=field.default, help=f"({field.default:g})")


def main(arguments: list[str] | None = None) -> int:
    """Read a load and figures from the command line, print what they need."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizing", description=__doc__)
    for kind in (Load, Figures):
        _options(parser, kind)
    given = vars(parser.parse_args(arguments))
    parts = [
        kind(**{field.name: given[field.name] for field in attrs.fields(kind)})
        for kind in (Load, Figures)
    ]
    print(report(size(*parts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
