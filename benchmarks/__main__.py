"""Run every benchmark and print one table of ratios to livekit-api.

Usage: python -m benchmarks [part of a benchmark's name ...]
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import benchmarks
from benchmarks.harness import Figure, Row


def collect(wanted: list[str]) -> Iterator[Row | Figure]:
    """Yield what each module here has in ``rows()`` and ``figures()``."""
    for info in pkgutil.iter_modules(benchmarks.__path__):
        if info.name.startswith("_") or info.name == "harness":
            continue
        if wanted and not any(word in info.name for word in wanted):
            continue
        module = importlib.import_module(f"benchmarks.{info.name}")
        if hasattr(module, "rows"):
            yield from module.rows()
        if hasattr(module, "figures"):
            yield from module.figures()


def micros(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f}"


def main() -> int:
    """Print the table; 1 when a bar was missed."""
    missed = 0
    head = ("work", "livekit-api µs", "lkapi µs", "ratio", "bar", "aim", "")
    line = "{:<58} {:>14} {:>12} {:>7} {:>6} {:>6}  {}"
    print(line.format(*head))
    for row in collect(sys.argv[1:]):
        if isinstance(row, Figure):
            print(f"{row.work}: {row.value}", flush=True)
            continue
        good = row.ratio <= row.bar
        missed += not good
        aim = "" if row.reach is None else f"{row.reach:.2f}"
        verdict = "ok" if good else "MISSED"
        figures = (micros(row.theirs), micros(row.ours), f"{row.ratio:.2f}", f"{row.bar:.2f}")
        print(line.format(row.work, *figures, aim, verdict), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
