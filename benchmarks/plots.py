"""Plots of a run as SVG, readable on light and dark pages: no background, colours of middle weight.

Needs matplotlib, which ``scripts/bench --plots DIR`` installs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

INK = "#808890"
OURS = "#2f9e8f"
THEIRS = "#c2884a"
_STYLE = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "font.family": "sans-serif",
    "font.size": 9.5,
    "grid.alpha": 0.25,
    "grid.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "lkapi",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw(data: dict[str, Any], folder: Path) -> list[Path]:
    """Write every plot that the data has something for, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    series = data["series"]
    written = [_ratios(data["rows"], folder)]
    if "call_cost" in series:
        written.append(
            _lines(
                series["call_cost"],
                "concurrency",
                {"wall_us": "elapsed", "cpu_us": "CPU of the client"},
                title="Cost of one call by how many are under way",
                x="calls at once",
                path=folder / "calls.svg",
            )
        )
    if "list_cost" in series:
        written.append(
            _lines(
                series["list_cost"],
                "participants",
                {"wall_us": "elapsed", "cpu_us": "CPU of the client"},
                title="Listing participants and reading two fields of each",
                x="participants",
                path=folder / "lists.svg",
                logarithmic=True,
            )
        )
    if "webhook_cost" in series:
        written.append(
            _lines(
                series["webhook_cost"],
                "body_bytes",
                {"cpu_us": "CPU"},
                title="Verifying and reading one webhook",
                x="bytes of its body",
                path=folder / "webhooks.svg",
                logarithmic=True,
            )
        )
    return written


def _ratios(rows: list[dict[str, Any]], folder: Path) -> Path:
    """Every row as a bar, livekit-api being 1."""
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(7.6, 0.6 + 0.32 * len(rows)))
        bars = rows[::-1]
        ratios = [row["ratio"] for row in bars]
        errors = [
            [max(0.0, row["ratio"] - row["quartiles"][0]) for row in bars],
            [max(0.0, row["quartiles"][1] - row["ratio"]) for row in bars],
        ]
        axes.barh(range(len(bars)), ratios, color=OURS, height=0.6, xerr=errors, ecolor=INK)
        axes.axvline(1.0, color=THEIRS, linewidth=1.4)
        axes.text(1.0, len(bars) - 0.35, " livekit-api", color=THEIRS, va="bottom", fontsize=8.5)
        axes.set_yticks(range(len(bars)), [row["work"] for row in bars])
        for place, row in enumerate(bars):
            axes.annotate(
                f"{row['ratio']:.2f}",
                (max(row["ratio"], row["quartiles"][1]), place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
        axes.set_xlabel("time of lkapi divided by time of livekit-api, in one run")
        axes.set_xlim(0, max(1.15, *ratios) * 1.1)
        return _save(figure, folder / "ratios.svg")


def _lines(
    points: list[dict[str, float]],
    axis: str,
    kinds: dict[str, str],
    *,
    title: str,
    x: str,
    path: Path,
    logarithmic: bool = False,
) -> Path:
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(6.4, 3.4))
        for (kind, label), colour in zip(kinds.items(), (OURS, THEIRS), strict=False):
            at = [point[axis] for point in points]
            axes.plot(at, [point[kind] for point in points], "o-", color=colour, label=label)
        axes.set_xscale("log")
        if logarithmic:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set_title(title, loc="left")
        axes.set_xlabel(x)
        axes.set_ylabel("microseconds")
        axes.grid(visible=True)
        if len(kinds) > 1:
            axes.legend()
        return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
