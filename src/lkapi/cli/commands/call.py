"""``lkapi call``: any method of the table, with its request as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lkapi.cli.groups import Command
from lkapi.cli.session import Session, pass_session

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from lkapi.methods.info import MethodInfo

__all__ = ["command"]


def _complete(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from lkapi.methods import all_methods

    names = (str(row) for row in all_methods())
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


@click.command(
    "call",
    cls=Command,
    short_help="Call any method of the API with a JSON request.",
    examples=[
        "lkapi call RoomService/ListRooms",
        """lkapi call RoomService/CreateRoom '{"name": "demo", "empty_timeout": 60}'""",
        """echo '{"room": "demo"}' | lkapi call RoomService/ListParticipants -""",
        "lkapi call --list",
        "lkapi call RoomService/CreateRoom --describe",
    ],
)
@click.argument("method", required=False, shell_complete=_complete)
@click.argument("request_json", metavar="[JSON]", required=False)
@click.option("--list", "lists", is_flag=True, help="List the methods.")
@click.option("--describe", is_flag=True, help="Show the fields of the method's request.")
@click.option("--yes", is_flag=True, help="Do not ask before something is deleted.")
@pass_session
def command(
    session: Session, method: str | None, request_json: str | None, lists: bool, describe: bool,
    yes: bool,
) -> None:  # fmt: skip
    """Call any method of the API with a JSON request.

    METHOD is Service/Method. JSON is the request, the name of a file that has it, or - for
    standard input, with fields in either spelling. The response is printed as JSON.
    """
    from lkapi.cli.flags.requests import read_json
    from lkapi.cli.items import confirm
    from lkapi.cli.output.documents import document, line

    if lists:
        _list(session)
        return
    if method is None:
        raise click.UsageError("name a method, RoomService/ListRooms for example; --list has all")
    row = _row(method)
    if describe:
        _describe(session, row)
        return
    request = row.request()
    if request_json is not None:
        request = read_json(row.request, request_json, option="JSON")
    if row.deletes:
        confirm(session, f"{row} deletes something. Go on?", yes=yes)
    response = session.call(row, request, waits=str(row))
    session.write(line(response) if session.options.jsonl else document(response))


def _row(name: str) -> MethodInfo[Any, Any]:
    from lkapi._words import nearest
    from lkapi.methods import all_methods, find_method

    row = find_method(name)
    if row is not None:
        return row
    known = {str(one).lower(): one for one in all_methods()}
    if name.lower() in known:
        return known[name.lower()]
    by_method = [one for one in all_methods() if one.name.lower() == name.lower()]
    if len(by_method) == 1:
        return by_method[0]
    names = [str(one) for one in all_methods()]
    hint = nearest(name, names) or nearest(
        name.rpartition("/")[2], [one.name for one in all_methods()]
    )
    raise click.UsageError(f"no method {name!r}{hint or '; --list has all'}")


def _list(session: Session) -> None:
    from lkapi.cli.output.tables import Column, Table
    from lkapi.methods import all_methods

    rows = [_Listed(row) for row in all_methods()]
    table = Table(
        "method",
        Column("method", "method", whole=True),
        Column("request", "request", wide=True),
        Column("server", "server"),
        Column("repeat", "repeat"),
    )
    if session.structured:
        from lkapi.cli.output.documents import document, line

        found = [vars(row) for row in rows]
        session.write(
            document({"methods": found}) if session.options.json else "\n".join(map(line, found))
        )
        return
    session.show_list(rows, table, "methods")


class _Listed:
    """A row of the list."""

    def __init__(self, row: MethodInfo[Any, Any]) -> None:
        self.method = str(row)
        self.request = row.request.__qualname__
        self.response = row.response.__qualname__
        self.server = "LiveKit Cloud" if row.cloud_only else "any"
        self.repeat = row.idempotency.value


def _describe(session: Session, row: MethodInfo[Any, Any]) -> None:
    """The fields of a request, as a table of name, type and values."""
    from lkapi.cli.flags.layouts import flags_of
    from lkapi.cli.output.tables import Column, Table

    flags = flags_of(row.request)
    table = Table(
        "name",
        Column("field", lambda flag: ".".join(flag.path), whole=True),
        Column("type", lambda flag: getattr(flag.field, "expected", "a time")),
        Column("oneof", lambda flag: flag.field.oneof, wide=True),
        Column("values", lambda flag: flag.help),
        empty=f"{row} has no fields.",
    )
    if session.structured:
        fields = [
            {"name": ".".join(f.path), "type": getattr(f.field, "expected", "a time")}
            for f in flags
        ]
        from lkapi.cli.output.documents import document

        session.write(document({"method": str(row), "fields": fields}))
        return
    session.show_list(flags, table, "fields")
