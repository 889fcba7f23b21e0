"""``lkapi analytics``: past sessions of a LiveKit Cloud project."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Group
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Generator

    from lkapi.cli.output.tables import Table

__all__ = ["group"]

group = Group("analytics", help="Past sessions (LiveKit Cloud, Scale plan).")

_project = click.option(
    "--project-id", metavar="ID", help="The p_... of the dashboard [LIVEKIT_PROJECT_ID]."
)


def _sessions() -> Table:
    from lkapi.cli.output.tables import Column, Table
    from lkapi.presentation.texts import show_bytes

    return Table(
        "session_id",
        Column("id", "session_id", whole=True),
        Column("room", "room_name"),
        Column("people", "num_participants", right=True),
        Column("started", "created_at"),
        Column("ended", "ended_at"),
        Column("in", lambda one: show_bytes(one.bandwidth_in), right=True, wide=True),
        Column("out", lambda one: show_bytes(one.bandwidth_out), right=True, wide=True),
        empty="There were no sessions in that time.",
    )


@group.command(
    "sessions",
    short_help="List sessions.",
    local=True,
    examples=[
        "lkapi analytics sessions --project-id p_demo",
        "lkapi analytics sessions --project-id p_demo --max 20 --json",
    ],
)
@_project
@click.option("--start", metavar="DAY", help="First day (UTC), 2026-01-31.")
@click.option("--end", metavar="DAY", help="Last day, included.")
@click.option(
    "--max", "most", type=click.IntRange(1), metavar="NUMBER", help="Show at most this many."
)
@pass_session
def sessions(session: Session, /, most: int | None, **which: Any) -> None:
    """List sessions, the latest first."""
    from lkapi.cli.output.progress import waiting

    with _usage_errors(), waiting("reading", quiet=session.options.quiet):
        pager = session.client.analytics.iter_sessions(**which)
        found = list(itertools.islice(pager, most))
    session.show_list(found, _sessions(), "sessions")


@group.command(
    "session",
    short_help="Show one session.",
    local=True,
    examples=["lkapi analytics session $SESSION --project-id p_demo"],
)
@click.argument("session_id")
@_project
@pass_session
def show_session(session: Session, session_id: str, project_id: str | None) -> None:
    """Show one session: who was there, for how long, and the billed usage."""
    from lkapi.cli.output.facts import show_facts

    with _usage_errors():
        found = session.client.analytics.get_session(session_id, project_id=project_id)
    if session.structured or session.options.quiet:
        session.show(found, key="room_id")
        return
    show_facts(_facts(found))
    if found.participants:
        session.write("")
        session.show_list(found.participants, _people(), "participants")


def _facts(found: Any) -> list[tuple[str, Any]]:
    from lkapi.presentation.texts import show_bytes

    return [
        ("id", found.room_id),
        ("room", found.room_name),
        ("started", found.start_time),
        ("ended", found.end_time),
        ("participants", found.num_participants),
        ("connection minutes", f"{found.connection_minutes:.1f}"),
        ("bandwidth", show_bytes(found.bandwidth)),
    ]


def _people() -> Table:
    from lkapi.cli.output.tables import Column, Table

    return Table(
        "participant_identity",
        Column("identity", "participant_identity", whole=True),
        Column("name", "participant_name"),
        Column("joined", "joined_at"),
        Column("left", "left_at"),
        Column("location", "location", wide=True),
        Column("sdk", "sdk_version", wide=True),
    )


@contextlib.contextmanager
def _usage_errors() -> Generator[None, None, None]:
    """Turn the ValueError for days and the project's id into a usage error."""
    from lkapi.errors import LiveKitError

    try:
        yield
    except LiveKitError:
        raise
    except ValueError as error:
        raise click.UsageError(str(error)) from None
