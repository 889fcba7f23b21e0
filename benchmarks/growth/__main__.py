"""All of it, as JSON: ``python -m benchmarks.growth [--quick] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks.growth import bulk, clients, long_run, series
from benchmarks.growth.alone import alone
from benchmarks.growth.server import serving
from lkapi._version import __version__


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Everything, as plain data; ``quick`` with a hundredth of the calls, for a look or a test."""
    calls, count, people = (1000, 20, 300) if quick else (100_000, 1000, 10_000)
    sizes = [n for n in series.PARTICIPANTS if n <= people]
    widths = [n for n in series.CONCURRENCY if n <= (20 if quick else 400)]
    with serving() as server:
        home = server.home
        lists = alone(series.list_cost, home=home, participants=sizes)
        webhooks = alone(series.webhook_cost, number=20 if quick else 200)
        return {
            "version": __version__,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "long_run": alone(
                long_run.run,
                home=home,
                calls=calls,
                concurrent=min(200, calls // 50),
                rooms=calls // 5,
            ),
            "clients": alone(clients.many_clients, home=home, count=count),
            "sync_clients": alone(clients.many_clients, home=home, count=count, sync=True),
            "idle_connections": alone(clients.idle_connections, home=home, count=count),
            "tls_contexts": alone(clients.tls_contexts, count=min(count, 100)),
            "big_room": alone(series.big_room, home=home, count=people),
            "bulk": alone(bulk.over_rooms, home=home, rooms=count * 5),
            "call_cost": alone(
                series.call_cost, home=home, concurrency=widths, calls=100 if quick else 2000
            ),
            "list_cost": lists,
            "list_slope": series.slope(lists, "participants", "cpu_us"),
            "webhook_cost": webhooks,
            "webhook_slope": series.slope(webhooks, "body_bytes", "cpu_us"),
        }


def measure_series(*, quick: bool = False) -> dict[str, Any]:
    """The series that ``scripts/bench --plots`` draws."""
    sizes = [n for n in series.PARTICIPANTS if n <= (300 if quick else 10_000)]
    widths = [n for n in series.CONCURRENCY if n <= (20 if quick else 400)]
    with serving() as server:
        return {
            "call_cost": alone(
                series.call_cost, home=server.home, concurrency=widths, calls=200 if quick else 2000
            ),
            "list_cost": alone(series.list_cost, home=server.home, participants=sizes),
            "webhook_cost": alone(series.webhook_cost, number=20 if quick else 200),
        }


def main() -> int:
    """Measure, write, and say whether memory was flat; 1 if it was not."""
    parser = argparse.ArgumentParser(prog="scripts/bench-growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the calls")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write there, not to stdout")
    options = parser.parse_args()
    measured = measure(quick=options.quick)
    text = json.dumps(measured, indent=1)
    if options.json is None:
        print(text)
    else:
        options.json.write_text(text + "\n")
    flat = is_flat(measured["long_run"])
    print("memory flat" if flat else "MEMORY GROWS", file=sys.stderr)
    return 0 if flat else 1


def is_flat(run: dict[str, Any]) -> bool:
    """Whether the long run's caches were bounded, and its memory after the first fifth flat."""
    return (
        run["grown_kb"] < 8 * 1024
        and run["tokens_kept_at_most"] <= 4096
        and run["pools"] == 1
        and run["tasks_left"] == 0
    )


if __name__ == "__main__":
    sys.exit(main())
