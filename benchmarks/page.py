"""The tables of docs/performance.md, written from the JSON of a run.

Usage: python -m benchmarks.page [FILE], after ``scripts/bench --json FILE --plots DIR``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
DATA = ROOT / "docs" / "images" / "performance" / "bench.json"
_BEGIN, _END = "<!-- {}: written by benchmarks/page.py -->", "<!-- {}: end -->"


def machine(data: dict[str, Any]) -> str:
    """What it was measured on, in one sentence."""
    on = data["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in on["packages"].items())
    return f"{on['system']} with {on['processors']} processors, Python {on['python']}, {packages}."


def ratios(data: dict[str, Any]) -> str:
    """The rows as a table."""
    lines = ["| work | livekit-api | lkapi | ratio | quartiles |", "|---|---|---|---|---|"]
    for row in data["rows"]:
        low, high = row["quartiles"]
        show = _memory if row["name"].startswith("memory.") else _time
        lines.append(
            f"| {row['work']} | {show(row['livekit_api_us'])} | {show(row['lkapi_us'])} "
            f"| **{row['ratio']:.2f}** | {low:.2f} to {high:.2f} |"
        )
    return "\n".join(lines)


def figures(data: dict[str, Any]) -> str:
    """What livekit-api has no counterpart of."""
    lines = ["| | measured |", "|---|---|"]
    lines += [f"| {work} | {value} |" for work, value in data["figures"].items()]
    return "\n".join(lines)


def _memory(megabytes: float) -> str:
    return f"{megabytes:.1f} MB"


def _time(microseconds: float) -> str:
    if microseconds >= 1000:
        return f"{microseconds / 1000:,.1f} ms"
    return f"{microseconds:.1f} µs" if microseconds < 100 else f"{microseconds:.0f} µs"


def render(text: str, data: dict[str, Any]) -> str:
    """The page with its tables as the data says."""
    for name, part in (("machine", machine), ("ratios", ratios), ("figures", figures)):
        begin, end = _BEGIN.format(name), _END.format(name)
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{PAGE.name} has no place for {name!r}: {begin} … {end}")
        block = f"{begin}\n{part(data)}\n{end}"
        text = pattern.sub(lambda _, block=block: block, text)
    return text


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    PAGE.write_text(render(PAGE.read_text(), json.loads(source.read_text())))


if __name__ == "__main__":
    main()
