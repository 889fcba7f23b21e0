"""Time lkapi beside livekit-api, each row paired and interleaved, and print ratios.

Usage: scripts/bench [part of a benchmark's name ...] [--quick] [--json FILE] [--plots DIR]
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import harness, report
from benchmarks.harness import Figure, Row

_NOT_ROWS = ("harness", "page", "report", "plots", "sizing")


def collect(wanted: list[str], *, quick: bool) -> Iterator[Row | Figure]:
    """Yield what each module here has in ``rows()``, and unless it must be quick, ``figures()``."""
    for info in pkgutil.iter_modules(benchmarks.__path__):
        if info.name.startswith("_") or info.name in _NOT_ROWS or info.ispkg:
            continue
        if wanted and not any(word in info.name for word in wanted):
            continue
        module = importlib.import_module(f"benchmarks.{info.name}")
        if hasattr(module, "rows"):
            yield from module.rows()
        if hasattr(module, "figures") and not quick:
            yield from module.figures()


def main() -> int:
    """Measure and report; 1 when a row is short of its bar."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of names of benchmarks")
    parser.add_argument("--quick", action="store_true", help="a minute; one short line a row")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there too")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write plots there, as SVG")
    options = parser.parse_args()
    if options.quick:
        harness.quick()
    else:
        print(report.head())
    show = report.brief if options.quick else report.line
    found: list[Row | Figure] = []
    for one in collect(options.words, quick=options.quick):
        found.append(one)
        print(show(one), flush=True)
    if options.json or options.plots:
        _write(options, found)
    return 1 if any(isinstance(one, Row) and not one.ok for one in found) else 0


def _write(options: argparse.Namespace, found: list[Row | Figure]) -> None:
    series: dict[str, Any] = {}
    if options.plots:
        from benchmarks.growth.__main__ import measure_series

        series = measure_series(quick=options.quick)
    data = report.document(found, series)
    if options.json:
        report.write(options.json, data)
    if options.plots:
        from benchmarks.plots import draw

        for path in draw(data, options.plots):
            print(f"# {path}")


if __name__ == "__main__":
    sys.exit(main())
