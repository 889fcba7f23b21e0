"""``lkapi doctor``: why a server cannot be used, and what to do about it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Command
from lkapi.cli.options import output_options
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lkapi.cli.doctor.findings import Finding, Level
    from lkapi.cli.options import SectionOption

__all__ = ["command"]


def _options() -> list[SectionOption]:
    helps = {"json": "One JSON document.", "quiet": "Only warnings and failures."}
    options = [option for option in output_options() if option.name in helps]
    for option in options:
        option.help = helps[str(option.name)]
    return options


@click.command(
    "doctor",
    cls=Command,
    shows=False,
    params=_options(),
    examples=[
        "lkapi doctor",
        'lkapi doctor --token "$JWT"',
        "lkapi doctor --json --timeout 2s",
        "lkapi doctor --offline",
        "lkapi doctor --migration program.py",
    ],
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@click.option("--offline", is_flag=True, help="Report on this installation; contact no server.")
@click.option(
    "--migration", is_flag=True, help="List the lines of PATH that must change for lkapi."
)
@click.pass_context
@pass_session
def command(
    session: Session,
    /,
    context: click.Context,
    paths: tuple[str, ...],
    offline: bool,
    migration: bool,
) -> None:
    """Find out why a server cannot be used.

    Checks url, proxy, DNS, TCP, TLS, the clocks, the credentials, their grants, regions and
    latency, in this order: each line is ok, a warning or a failure with what to do. It only reads
    lists; it never changes anything.

    The exit code is that of the first failure, 15 if there are only warnings, 0 if all is well.

    With --offline it reports what a bug report should say: versions, extras, the event loop,
    certificates, and the names of variables without their values.

    With --migration it reads the files and folders named, written for livekit-api, and lists the
    lines that need a change on lkapi. They are never imported. The exit code is 16 if a line must
    be changed, 15 if lines should be looked at, 2 if a file could not be read, else 0.
    """
    if migration or paths:
        context.exit(_check_program(session, paths, migration=migration, offline=offline))
    from lkapi.cli.doctor.environment import environment_report
    from lkapi.cli.doctor.findings import worst_code

    findings = environment_report(os.environ) if offline else _examine(session)
    shown = list(_shown(session, findings))
    if session.options.json:
        members: dict[str, Any] = {"checks": [finding.as_dict() for finding in shown]}
        code = worst_code(shown)
        session.write(json.dumps({**members, "exitCode": int(code)}, ensure_ascii=False, indent=2))
    context.exit(int(worst_code(shown)))


def _check_program(
    session: Session, paths: tuple[str, ...], *, migration: bool, offline: bool
) -> int:
    """What ``--migration`` lists; the exit code."""
    if not migration:
        raise click.UsageError("paths are for --migration: lkapi doctor --migration PATH")
    if offline:
        raise click.UsageError("--migration and --offline exclude each other: give only one")
    if not paths:
        raise click.UsageError("--migration needs a file or folder: lkapi doctor --migration src")
    from lkapi.cli.migration.check import check_paths
    from lkapi.cli.migration.texts import report_lines, summary

    report = check_paths(paths)
    for file in report.unreadable:
        session.note(f"{file.path} {file.reason}")
    if session.options.json:
        session.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        return int(report.code)
    for line in report_lines(report, quiet=session.options.quiet):
        session.write(line)
    session.note(summary(report))
    return int(report.code)


def _examine(session: Session) -> Iterator[Finding]:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.examination import examine

    def make_case(**known: Any) -> Case:
        return Case(**known, timeout=session.options.timeout or 5.0)

    return examine(session.connection, make_case)


def _shown(session: Session, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings; each is written at once, unless all go into one document."""
    from lkapi.cli.doctor.findings import Level, lines

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 400
    paint = _painter()
    for finding in findings:
        dull = session.options.quiet and finding.level is Level.OK
        if not (session.options.json or dull):
            for line in lines(finding, width, paint):
                session.write(line)
            sys.stdout.flush()
        yield finding


def _painter() -> Callable[[Level, str], str]:
    """Colours on a terminal, unless NO_COLOR is set."""
    colours = {"ok": "green", "warning": "yellow", "failure": "red"}
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def paint(level: Level, text: str) -> str:
        return click.style(text, fg=colours[level.value]) if coloured else text

    return paint
