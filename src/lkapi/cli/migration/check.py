"""Checks the files of a program and reports the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.migration.files import find_files, parse
from lkapi.cli.migration.findings import DIFFERENCES, Certainty, Finding, Unreadable, idioms
from lkapi.cli.migration.flow import check_tree
from lkapi.cli.migration.reporting import Reporter

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Report", "check_file", "check_paths"]


@attrs.frozen
class Report:
    """What was found in a program."""

    findings: list[Finding]
    """By file and line."""
    unreadable: list[Unreadable]
    files: int
    """How many files were read."""

    def of(self, certainty: Certainty) -> list[Finding]:
        """The findings of one kind."""
        return [finding for finding in self.findings if finding.certainty is certainty]

    @property
    def code(self) -> ExitCode:
        """The exit code: lines to change have priority, then files that were not read."""
        if self.of(Certainty.CHANGE):
            return ExitCode.CHANGES
        if self.unreadable:
            return ExitCode.USAGE
        return ExitCode.WARNING if self.of(Certainty.LOOK) else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """The JSON document."""
        reasons = {**idioms(), **DIFFERENCES}
        found = {finding.idiom for finding in self.findings}
        return {
            "findings": [finding.as_dict() for finding in self.findings],
            "unreadable": [file.as_dict() for file in self.unreadable],
            "reasons": {name: why for name, why in reasons.items() if name in found},
            "files": self.files,
            "exitCode": int(self.code),
        }


def check_paths(paths: Iterable[str]) -> Report:
    """Check files, and the Python files of folders."""
    findings: list[Finding] = []
    unreadable: list[Unreadable] = []
    files = 0
    for file in find_files(Path(path) for path in paths):
        result = file if isinstance(file, Unreadable) else check_file(file)
        if isinstance(result, Unreadable):
            unreadable.append(result)
        else:
            files += 1
            findings += result
    return Report(findings, unreadable, files)


def check_file(path: Path) -> list[Finding] | Unreadable:
    """The findings of one file in order, or why it cannot be checked."""
    parsed = parse(path)
    if isinstance(parsed, Unreadable):
        return parsed
    reporter = Reporter(str(path), parsed)
    try:
        check_tree(reporter)
    except RecursionError:
        return Unreadable(str(path), "is nested too deeply to be checked")
    return sorted(reporter.findings)
