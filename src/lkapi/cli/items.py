"""One operation over several items: each item's result, and one exit code for all of them."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.exit_codes import ExitCode
from lkapi.cli.failures import Failure, describe, exit_code
from lkapi.cli.session import Shown
from lkapi.errors import LiveKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lkapi.cli.session import Session

__all__ = ["confirm", "for_each"]


def for_each(
    session: Session, names: Sequence[str], work: Callable[[str], Any], *, done: str
) -> None:
    """Run the operation for each item, ten at once, and end with the code of the failures.

    With a single item, its error is raised unchanged.

    Args:
        session: the run.
        names: the items.
        work: the operation.
        done: the text for a success, ``deleted`` for example.

    Raises:
        Exit: an item failed: with its code, or ``PARTLY`` if items failed for different reasons.
    """
    failures: list[LiveKitError] = []
    results: list[dict[str, Any]] = []
    for name, error in _outcomes(session, names, work):
        if error is not None:
            if len(names) == 1:
                raise error
            failures.append(error)
            results.append({"item": name, "ok": False, "error": describe(error)})
            session.note(f"{name}: {describe(error)}")
        elif not session.options.curl:
            results.append({"item": name, "ok": True})
            _say(session, name, done)
    if session.structured and results:
        _write_results(session, results)
    if failures:
        codes = {exit_code(error) for error in failures}
        raise click.exceptions.Exit(codes.pop() if len(codes) == 1 else ExitCode.PARTLY)


def _outcomes(
    session: Session, names: Sequence[str], work: Callable[[str], Any]
) -> Iterator[tuple[str, LiveKitError | None]]:
    """Each item with its error, in the order of the items; several run at once."""
    if session.options.curl:
        for name in names:
            with suppress(Shown):
                work(name)
            yield name, None
        return
    with closing(session.client.iter_bulk(work, names)) as results:
        for result in results:
            if result.error is not None and not isinstance(result.error, LiveKitError):
                raise result.error
            yield result.item, result.error


def _say(session: Session, name: str, done: str) -> None:
    if session.options.quiet and not session.structured:
        session.write(name)
    elif not session.structured:
        session.note(f"{name}: {done}")


def _write_results(session: Session, results: list[dict[str, Any]]) -> None:
    from lkapi.cli.output.documents import document, line

    if session.options.json:
        session.write(document({"results": results}))
    else:
        for result in results:
            session.write(line(result))


def confirm(session: Session, question: str, *, yes: bool) -> None:
    """Ask before something is destroyed; ``--yes`` confirms, and with ``--curl`` nothing is asked.

    Raises:
        Failure: the answer was no.
        UsageError: there is no terminal to ask on.
    """
    from lkapi.cli.output.console import is_terminal

    if yes or session.options.curl:
        return
    if not is_terminal():
        raise click.UsageError(f"{question} There is no terminal to ask on: add --yes to go on")
    if not click.confirm(question, err=True):
        raise Failure("you answered no, so nothing was done", ExitCode.FAILED)
