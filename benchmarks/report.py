"""What a run of the benchmarks says: a table, lines for a script, JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Figure, Row

_LINE = "{:<58} {:>14} {:>12} {:>7} {:>13} {:>6} {:>6}  {}"
_PACKAGES = ("livekit-api", "aiohttp", "protobuf", "lkapi-sdk")


def head() -> str:
    """The head of the table."""
    return _LINE.format(
        "work", "livekit-api µs", "lkapi µs", "ratio", "quartiles", "bar", "aim", ""
    )


def line(found: Row | Figure) -> str:
    """One line of the table."""
    if isinstance(found, Figure):
        return f"{found.work}: {found.value}"
    low, high = found.spread
    return _LINE.format(
        found.work,
        f"{found.theirs * 1e6:,.1f}",
        f"{found.ours * 1e6:,.1f}",
        f"{found.ratio:.2f}",
        f"{low:.2f} to {high:.2f}",
        f"{found.bar:.2f}",
        "" if found.reach is None else f"{found.reach:.2f}",
        "ok" if found.ok else "SHORT",
    )


def brief(found: Row | Figure) -> str:
    """One line for a script: name, ratio, bar, verdict."""
    if isinstance(found, Figure):
        return f"# {found.work}: {found.value}"
    return f"{found.name} {found.ratio:.3f} {found.bar:.2f} {'ok' if found.ok else 'short'}"


def machine() -> dict[str, Any]:
    """What it was measured on."""
    versions = {}
    for package in _PACKAGES:
        versions[package] = importlib.metadata.version(package)
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "packages": versions,
    }


def document(found: Sequence[Row | Figure], series: dict[str, Any]) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "machine": machine(),
        "rows": [
            {
                "name": row.name,
                "work": row.work,
                "livekit_api_us": round(row.theirs * 1e6, 3),
                "lkapi_us": round(row.ours * 1e6, 3),
                "ratio": round(row.ratio, 4),
                "quartiles": [round(value, 4) for value in row.spread],
                "bar": row.bar,
                "reach": row.reach,
                "ok": row.ok,
            }
            for row in found
            if isinstance(row, Row)
        ],
        "figures": {one.work: one.value for one in found if isinstance(one, Figure)},
        "series": series,
    }


def write(path: Path, data: dict[str, Any]) -> None:
    """Write a document."""
    path.write_text(json.dumps(data, indent=1) + "\n")
