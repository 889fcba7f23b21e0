"""Commands that are made from the rows of the method table: flags, request, call, result."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
from click.core import augment_usage_errors

from lkapi.cli.groups import Command
from lkapi.cli.session import Session
from lkapi.presentation.rows import fill_text, find_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from lkapi.cli.flags.layouts import FieldFlag
    from lkapi.cli.options import SectionOption
    from lkapi.cli.output.tables import Table
    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo

__all__ = ["ListCommand", "RowCommand"]


class RowCommand(Command):
    """A command for one remote method: its flags are the fields of the request.

    The row is loaded when flags are needed, so a group's help loads no messages.

    Args:
        row: ``room.CREATE_ROOM``.
        arguments: fields that may be given by position, in that order; they have no flag.
        several: a list that takes all further arguments.
        required: fields that must be given, by position, flag or file.
        inside: nested messages whose fields are the flags.
        skip: fields without a flag.
        names: flags that do not have the name of their field.
        key: the field of the response that ``--quiet`` prints.
        part: the field of the response that is the result; by default all of it.
        waits: the text on a terminal while the call runs.
        question: the question before a call that destroys or costs something; with
            ``{field}`` for a field of the request. It comes with ``--yes``.
        table: makes the table of a result that is a list.
        adjust: changes the request before it is sent, given the values of the command's own
            options.
        done: the text if the response is empty; ``{field}`` is a field of the request.
    """

    def __init__(
        self,
        name: str,
        row: str,
        *,
        arguments: tuple[str, ...] = (),
        several: str = "",
        required: tuple[str, ...] = (),
        inside: tuple[str, ...] = (),
        skip: Collection[str] = (),
        names: Mapping[str, str] | None = None,
        key: str = "",
        part: str = "",
        waits: str = "",
        question: str = "",
        table: Callable[[], Table] | None = None,
        adjust: Callable[..., None] | None = None,
        done: str = "Done.",
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        if question:
            self.params.append(click.Option(["--yes"], is_flag=True, help="Do not ask."))
        self.row_name = row
        self.several = several
        self.question = question
        self.result_table = table
        self.arguments = arguments
        self.required = required
        self.inside = inside
        self.skip = skip
        self.names = names or {}
        self.key = key
        self.part = part
        self.waits = waits
        self.adjust = adjust
        self.done = done

    @cached_property
    def row(self) -> MethodInfo[Any, Any]:
        """The row of the method table."""
        return find_row(self.row_name)

    @cached_property
    def flags(self) -> list[FieldFlag]:
        """The flags of the request's fields."""
        from lkapi.cli.flags.layouts import flags_of

        skipped = {*self.skip} if self.inside else {*self.skip, *self.arguments, self.several}
        taken = {name for option in (*self.params, *self._shared) for name in option.opts}
        found = flags_of(self.row.request, inside=self.inside, skip=skipped, names=self.names)
        return [flag for flag in found if not taken & set(flag.opts)]

    @cached_property
    def _positions(self) -> list[click.Argument]:
        from lkapi.cli.flags.layouts import argument_of

        found = [argument_of(self.row.request, name) for name in self.arguments]
        if self.several:
            found.append(argument_of(self.row.request, self.several, several=True))
        return found

    @cached_property
    def _input(self) -> SectionOption:
        from lkapi.cli.flags.requests import input_option

        return input_option()

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Arguments, flags, own and shared options."""
        shared = super().get_params(ctx)
        return [*self._positions, *self.flags, self._input, *shared]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a usage error refers to its help."""
        with augment_usage_errors(ctx):
            return self.perform(ctx)

    def perform(self, ctx: click.Context) -> Any:
        """Build the request, make the call, show the result."""
        session = Session(ctx)
        request = self.request(ctx)
        if self.question:
            from lkapi.cli.items import confirm

            confirm(session, fill_text(self.question, request), yes=ctx.params["yes"])
        if self.callback is not None:
            return ctx.invoke(self.callback, session, request, **self.own(ctx))
        response = session.call(self.row, request, waits=self.waits)
        self.show(session, request, response)
        return None

    def own(self, ctx: click.Context) -> dict[str, Any]:
        """The values of the command's own options."""
        names = [parameter.name for parameter in self.params if parameter.name != "yes"]
        return {name: ctx.params[name] for name in names if name in ctx.params}

    def request(self, ctx: click.Context) -> Message:
        """The request that the command line and the input describe.

        Raises:
            UsageError: a value does not fit, or a required field is missing.
        """
        from lkapi.cli.flags.requests import build_request, fill, read_json

        source = ctx.params.get("input")
        kind: type[Message] = self.row.request
        base = None if source is None else read_json(kind, source, inside=self.inside)
        request = build_request(kind, self._given(ctx), base)
        for name in filter(None, (*self.arguments, self.several)):
            value = ctx.params.get(f"argument__{name}")
            if value is not None and value != ():
                fill(request, (name,), value, name.upper())
        if self.adjust is not None:
            self.adjust(request, **self.own(ctx))
        self._require(request)
        return request

    def _given(self, ctx: click.Context) -> dict[FieldFlag, Any]:
        values = {flag: ctx.params.get(flag.name or "") for flag in self.flags}
        return {flag: value for flag, value in values.items() if value is not None and value != ()}

    def _require(self, request: Message) -> None:
        missing = [self._spelling(name) for name in self.required if not request.has_field(name)]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise click.UsageError(f"{' and '.join(missing)} {verb} missing")

    def _spelling(self, name: str) -> str:
        if name in self.arguments or name == self.several:
            return name.upper()
        flag = next((f for f in self.flags if f.path[-1] == name), None)
        return flag.opts[0] if flag else name

    def show(self, session: Session, request: Message, response: Any) -> None:
        """Show the response, or the part of it that is the result."""
        result = getattr(response, self.part) if self.part else response
        if self.result_table is not None:
            session.show_list(result, self.result_table(), self.part)
            return
        session.show(result, key=self.key, done=fill_text(self.done, request))


class ListCommand(RowCommand):
    """A list: as a table, as JSON, watched.

    Args:
        items: the field of the response that has the items.
        table: makes the table; called when it is needed.
        pager: the client's method that reads all pages, ``egress.iter_egress``; without it the
            list comes in one response.
    """

    def __init__(
        self,
        name: str,
        row: str,
        *,
        items: str,
        table: Callable[[], Table],
        pager: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(name, row, **settings)
        self.items = items
        self.table = table
        self.pager = pager

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The same, with the options for watching."""
        *others, help_option = super().get_params(ctx)
        return [*others, *self._watching, help_option]

    @cached_property
    def _watching(self) -> list[SectionOption]:
        from lkapi.cli.watching import watch_options

        return watch_options()

    def perform(self, ctx: click.Context) -> Any:
        """Read the list and show it, once or again and again."""
        from lkapi.cli.watching import check_watching, watch

        check_watching(ctx)
        session, request = Session(ctx), self.request(ctx)
        if session.options.curl:
            session.call(self.row, request)

        def read() -> list[Any]:
            return self._read(session, request)

        if ctx.params["watch"]:
            every, rounds = ctx.params["every"], ctx.params["rounds"]
            watch(session, self.table(), self.items, read, every=every, rounds=rounds)
        else:
            session.show_list(read(), self.table(), self.items)

    def _read(self, session: Session, request: Message) -> list[Any]:
        if self.pager:
            return self._read_pages(session, request)
        return list(getattr(session.call(self.row, request), self.items))

    def _read_pages(self, session: Session, request: Message) -> list[Any]:
        from lkapi.cli.output.progress import waiting

        service, _, method = self.pager.partition(".")
        found: list[Any] = []
        with waiting("reading", quiet=session.options.quiet) as say:
            for page in getattr(getattr(session.client, service), method)(request).pages():
                found += page
                say(f"reading, {len(found)} so far")
        return found
