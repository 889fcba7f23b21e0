"""One run: its options, its client, its calls."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from lkapi.cli.options import shared_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lkapi.cli.credentials import Connection
    from lkapi.cli.output.tables import Table
    from lkapi.methods.info import MethodInfo, Req, Res
    from lkapi.sync import SyncLiveKitAPI

__all__ = ["Session", "Shown", "pass_session"]

P = ParamSpec("P")
T = TypeVar("T")


class Shown(click.exceptions.Exit):
    """The call was shown as a curl command instead of being made."""


class Session:
    """One run of the command."""

    def __init__(self, context: click.Context) -> None:
        self.context = context
        self.options = shared_options(context)

    @functools.cached_property
    def connection(self) -> Connection:
        """Url and credentials, as found."""
        from lkapi.cli.credentials import find_connection

        found = find_connection(self.options)
        self.options.secrets += found.secrets()
        return found

    @functools.cached_property
    def client(self) -> SyncLiveKitAPI:
        """The client, closed at the end of the run.

        Raises:
            SettingsError: url or credentials are missing or not valid.
        """
        from lkapi.sync import SyncLiveKitAPI

        found = self.connection
        url = found.server()
        key, secret = (None, None) if found.token else found.key()
        client = SyncLiveKitAPI(url, key, secret, token=found.token, timeout=self.options.timeout)
        self.context.find_root().call_on_close(client.close)
        return client

    def call(self, row: MethodInfo[Req, Res], request: Req, *, waits: str = "") -> Res:
        """Make a call, or show it with ``--curl``.

        Args:
            row: the method.
            request: its request.
            waits: the text on a terminal until the response comes.

        Raises:
            Shown: it was shown.
            LiveKitError: it failed.
        """
        if self.options.curl:
            from lkapi.presentation.curl import curl_command

            self.write(curl_command(row, request, self.client_url))
            raise Shown(0)
        if not waits:
            return self.client.call(row, request)
        from lkapi.cli.output.progress import waiting

        with waiting(waits, quiet=self.options.quiet):
            return self.client.call(row, request)

    @property
    def client_url(self) -> str:
        """Base url of the server over http or https; a curl command can be shown without a key."""
        from lkapi.presentation.curl import http_url

        return http_url(self.connection.server())

    def write(self, text: str) -> None:
        """Write a line to standard output, unchanged."""
        sys.stdout.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Write a line for people to standard error, unless ``--quiet``."""
        if not self.options.quiet:
            sys.stderr.write(f"{text}\n")

    def show(self, result: Any, *, key: str = "", done: str = "Done.") -> None:
        """Show one result: as JSON, by its key, or field by field; ``done`` if it has none."""
        from lkapi.cli.output.documents import document, line
        from lkapi.cli.output.facts import show_facts
        from lkapi.presentation.details import facts_of

        if self.structured:
            self.write(line(result) if self.options.jsonl else document(result))
        elif self.options.quiet:
            if key:
                self.write(str(getattr(result, key)))
        elif facts := list(facts_of(result)):
            show_facts(facts)
        else:
            self.note(done)

    def show_list(self, items: Sequence[Any], table: Table, name: str) -> None:
        """Show a list: as one document ``{name: [...]}``, lines, keys only, or a table."""
        from lkapi.cli.output.console import output_console, print_lines
        from lkapi.cli.output.documents import document, line
        from lkapi.cli.output.tables import draw

        if self.options.json:
            self.write(document({name: items}))
        elif self.options.jsonl or self.options.quiet:
            for item in items:
                self.write(line(item) if self.options.jsonl else table.key_of(item))
        elif items:
            console = output_console()
            print_lines(console, draw(console, table, items))
        else:
            self.note(table.empty)

    @property
    def structured(self) -> bool:
        """Whether the output is JSON."""
        return self.options.json or self.options.jsonl


def pass_session(function: Callable[Concatenate[Session, P], T]) -> Callable[P, T]:
    """Give a command's function the session as its first argument."""

    @functools.wraps(function)
    def with_session(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(Session(click.get_current_context()), *args, **kwargs)

    return with_session
