"""A report as text: a line for each place, grouped by what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.cli.migration.findings import DIFFERENCES, Certainty, idioms
from lkapi.presentation.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.cli.migration.check import Report
    from lkapi.cli.migration.findings import Finding

__all__ = ["report_lines", "summary"]

_TITLES = {
    Certainty.CHANGE: "does not work on lkapi",
    Certainty.LOOK: "may need a change",
    Certainty.IMPORT: "",
}


def report_lines(report: Report, *, quiet: bool = False) -> Iterator[str]:
    """The places, first those that must be changed; ``quiet`` leaves out imports and headings."""
    reasons = {**idioms(), **DIFFERENCES}
    for certainty, title in _TITLES.items():
        if quiet and certainty is Certainty.IMPORT:
            continue
        found = report.of(certainty)
        for idiom, why in reasons.items():
            group = [finding for finding in found if finding.idiom == idiom]
            if group and not quiet:
                yield from ("", f"{idiom}{title and ', '}{title}: {why}")
            yield from map(_line, group)


def _line(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}:{finding.column}"
    return printable(f"{place}  {finding.what}  → {finding.replacement}")


def summary(report: Report) -> str:
    """The numbers of places to change."""
    counts = {certainty: len(report.of(certainty)) for certainty in Certainty}
    return (
        f"{report.files} files read: {counts[Certainty.CHANGE]} places to change, "
        f"{counts[Certainty.LOOK]} to look at, {counts[Certainty.IMPORT]} imports"
    )
