"""What a check found, and how it is shown."""

from __future__ import annotations

import textwrap
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from lkapi.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Finding", "Level", "failure", "lines", "ok", "warning", "worst_code"]

_NAME_COLUMNS = 14
_LEVEL_COLUMNS = 9


class Level(Enum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@attrs.frozen
class Finding:
    """The result of one check."""

    check: str
    level: Level
    text: str
    advice: str = ""
    """What to do."""
    code: ExitCode = ExitCode.OK
    facts: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """The same for programs."""

    def as_dict(self) -> dict[str, Any]:
        """The member of the JSON document."""
        members: dict[str, Any] = {
            "check": self.check,
            "level": self.level.value,
            "text": self.text,
        }
        if self.advice:
            members["advice"] = self.advice
        return {**members, **({"facts": dict(self.facts)} if self.facts else {})}


def ok(check: str, text: str, **facts: Any) -> Finding:
    """A check that succeeded."""
    return Finding(check, Level.OK, text, facts=facts)


def warning(check: str, text: str, advice: str, **facts: Any) -> Finding:
    """Something that works but should be changed."""
    return Finding(check, Level.WARNING, text, advice, ExitCode.WARNING, facts)


def failure(check: str, text: str, advice: str, code: ExitCode, **facts: Any) -> Finding:
    """Something that does not work."""
    return Finding(check, Level.FAILURE, text, advice, code, facts)


def worst_code(findings: Iterable[Finding]) -> ExitCode:
    """The exit code of a report: that of the first failure, which is often the cause of later ones.

    Warnings have their own code, which is used if nothing failed.
    """
    found = list(findings)
    for level in (Level.FAILURE, Level.WARNING):
        for finding in found:
            if finding.level is level:
                return finding.code
    return ExitCode.OK


def _plain(_: Level, text: str) -> str:
    return text


def lines(
    finding: Finding, width: int, paint: Callable[[Level, str], str] = _plain
) -> Iterable[str]:
    """A finding as lines of at most ``width`` columns: level, check, text, and what to do below.

    Args:
        finding: what was found.
        width: columns.
        paint: colours the word of a level.
    """
    indent = " " * (_LEVEL_COLUMNS + _NAME_COLUMNS)
    room = max(width - len(indent), 30)
    level = paint(finding.level, f"{finding.level.value:<{_LEVEL_COLUMNS}}")
    text = _wrapped(finding.text, room)
    yield f"{level}{finding.check:<{_NAME_COLUMNS}}{text[0]}"
    for line in text[1:]:
        yield f"{indent}{line}"
    if finding.advice:
        for line in _wrapped(f"what to do: {finding.advice}", room):
            yield f"{indent}{line}"


def _wrapped(text: str, columns: int) -> list[str]:
    wrapper = textwrap.TextWrapper(columns, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text) or [""]
