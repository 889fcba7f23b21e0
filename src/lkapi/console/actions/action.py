"""Actions: a row of the method table with a form, or something done to a simulated world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from lkapi.console.actions.inputs import Input, field_at, input_for, text_of, value_at
from lkapi.console.actions.reading import FormError, fill_from_form
from lkapi.console.actions.shown import Command, Shown, show_call
from lkapi.presentation.rows import fill_text, find_row

if TYPE_CHECKING:
    from lkapi.console.console import Console
    from lkapi.message import Message
    from lkapi.message.fields import Field
    from lkapi.methods.info import MethodInfo

__all__ = ["Action", "CallAction", "Done", "Form"]

Form = Mapping[str, str]
"""The form's values: a text for each input's name."""


@attrs.frozen(kw_only=True)
class Done:
    """The result of an action."""

    text: str
    """A sentence for the user."""
    result: Any = None
    """A message, whose fields are shown."""
    log_number: int | None = None
    """The call in the log."""
    code: str = ""
    """A text to copy: a new token, a snapshot."""


class Action(Protocol):
    """What the form pages need to know about an action."""

    @property
    def name(self) -> str:
        """``room.delete``, also in its address."""
        ...

    @property
    def title(self) -> str:
        """``Delete room``."""
        ...

    @property
    def about(self) -> str:
        """A sentence about it."""
        ...

    @property
    def button(self) -> str:
        """The text of the button."""
        ...

    @property
    def destroys(self) -> bool:
        """Whether it ends or deletes something, or costs money."""
        ...

    @property
    def topics(self) -> tuple[str, ...]:
        """What is read again afterwards."""
        ...

    async def inputs(self, console: Console, form: Form | None, given: Form) -> list[Input]:
        """The inputs with typed or initial values; ``given`` are the page's values."""
        ...

    async def shown(self, console: Console, form: Form) -> tuple[Shown, ...]:
        """The same as code.

        Raises:
            FormError: an input cannot be used.
        """
        ...

    async def ends(self, console: Console, form: Form) -> str:
        """What it would end, counted now; empty if nothing."""
        ...

    async def run(self, console: Console, form: Form) -> Done:
        """Do it.

        Raises:
            FormError: an input cannot be used.
            LiveKitError: it failed.
        """
        ...


@attrs.frozen(kw_only=True, eq=False, slots=False)
class CallAction:
    """One remote method with some fields of its request as a form."""

    name: str
    title: str
    row_name: str
    """``room.DELETE_ROOM``: a module of ``lkapi.methods`` and a name in it."""
    fields: tuple[str, ...] = ()
    """Dotted names of the fields to fill in; every field of the request when empty."""
    fixed: tuple[str, ...] = ()
    """Fields that the page sets, shown but not editable: which room, which participant."""
    preset: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Values that it always sets, by dotted names: ``{"muted": True}``."""
    start: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """What inputs hold at first, as text."""
    required: tuple[str, ...] = ()
    labels: Mapping[str, str] = attrs.field(factory=dict[str, str])
    helps: Mapping[str, str] = attrs.field(factory=dict[str, str])
    choices: Mapping[str, tuple[tuple[str, str], ...]] = attrs.field(
        factory=dict[str, "tuple[tuple[str, str], ...]"]
    )
    """Choices, used instead of a text input."""
    groups: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Headings by how the names of their inputs begin; those without come first."""
    about: str = ""
    button: str = ""
    command: Command = attrs.field(factory=Command)
    destroys: bool = False
    what_ends: Callable[[Console, Any], Awaitable[str]] | None = None
    """From the request: what it ends, counted now: ``ends the room for 3 participants``."""
    before: Callable[[Console, Form], Awaitable[Any]] | None = None
    """From the page's values: the message with the inputs' first values."""
    adjust: Callable[[Any], None] | None = None
    """Changes the request before it is shown and sent."""
    topics: tuple[str, ...] = ()
    done: str = "Done."
    """With ``{field}`` for a field of the request."""
    shows_result: bool = False

    @cached_property
    def row(self) -> MethodInfo[Any, Any]:
        """The row of the method table."""
        return find_row(self.row_name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all inputs, beginning with those that the page sets."""
        every = tuple(n for n in self.row.request.__layout__.fields if n not in self.preset)
        rest = self.fields or every
        return (*self.fixed, *(name for name in rest if name not in self.fixed))

    async def inputs(self, console: Console, form: Form | None, given: Form) -> list[Input]:
        """See ``Action``."""
        starts = dict(given) if form is None else dict(form)
        if form is None:
            starts = {**self.start, **await self._before(console, given), **starts}
        return [self._input(name, starts.get(name, "")) for name in self.names]

    async def _before(self, console: Console, given: Form) -> dict[str, str]:
        if self.before is None:
            return {}
        found = await self.before(console, given)
        if found is None:
            return {}
        return {
            name: text_of(self.field_of(name), value_at(found, name))
            for name in self.names
            if name not in self.fixed
        }

    def _input(self, name: str, value: str) -> Input:
        message, path = self.place_of(name)
        made = input_for(
            message,
            path,
            label=self.labels.get(name, ""),
            hint=self.helps.get(name, ""),
            value=value,
            required=name in self.required,
            fixed=name in self.fixed and bool(value),
            group=next((h for start, h in self.groups.items() if name.startswith(start)), ""),
        )
        made = attrs.evolve(made, name=name)
        if name in self.choices:
            return attrs.evolve(made, kind="choice", choices=self.choices[name])
        return made

    def place_of(self, name: str) -> tuple[type[Message], str]:
        """The message that an input belongs to, and the field's dotted name in it."""
        return self.row.request, name

    def field_of(self, name: str) -> Field:
        """The field of an input."""
        return field_at(*self.place_of(name))[0]

    def fill(self, request: Message, form: Form) -> None:
        """Put what was typed into the request.

        Raises:
            FormError: an input cannot be used.
        """
        fill_from_form(request, self.names, form)

    def request(self, form: Form) -> Message:
        """The request that a form describes.

        Raises:
            FormError: an input cannot be used, or a required one is empty.
        """
        request: Message = self.row.request()
        wrong = {name: "this is needed" for name in self.required if not form.get(name, "").strip()}
        try:
            self.fill(request, form)
        except FormError as error:
            wrong |= error.fields
        if wrong:
            raise FormError(wrong)
        for name, value in self.preset.items():
            _set(request, name, value)
        if self.adjust is not None:
            self.adjust(request)
        return request

    async def prepare(self, console: Console, form: Form) -> Message:  # noqa: ARG002
        """The request that is shown and sent; a kind of action may query the server first.

        Raises:
            FormError: an input cannot be used.
        """
        return self.request(form)

    async def shown(self, console: Console, form: Form) -> tuple[Shown, ...]:
        """See ``Action``."""
        request = await self.prepare(console, form)
        return show_call(self.row, request, console.base_url, self.command)

    async def ends(self, console: Console, form: Form) -> str:
        """See ``Action``."""
        if self.what_ends is None:
            return ""
        try:
            request = await self.prepare(console, form)
        except FormError:
            return ""
        return await self.what_ends(console, request)

    async def run(self, console: Console, form: Form) -> Done:
        """See ``Action``."""
        request = await self.prepare(console, form)
        response = await console.link.call(self.row, request)
        number = next((call.number for call in console.link.log.newest()), None)
        return Done(
            text=fill_text(self.done, request),
            result=response if self.shows_result else None,
            log_number=number,
        )


def _set(request: Message, name: str, value: Any) -> None:
    from lkapi.presentation.filling import set_field

    set_field(request, tuple(name.split(".")), value)
