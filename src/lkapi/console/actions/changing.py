"""Actions that query the server first: inputs with choices from the server, and changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.inputs import Input, field_at, text_of, value_at
from lkapi.console.actions.reading import FormError, parse
from lkapi.message.fields import EnumField
from lkapi.presentation.filling import set_field

if TYPE_CHECKING:
    from lkapi.console.console import Console
    from lkapi.message import Message
    from lkapi.message.fields import Field

__all__ = ["ChangeAction", "Choices", "ChoosingAction"]

Choices = Callable[["Console"], Awaitable[tuple[tuple[str, str], ...]]]


@attrs.frozen(kw_only=True, eq=False, slots=False)
class ChoosingAction(CallAction):
    """A call with inputs that offer what exists now: trunks, rules."""

    offers: Mapping[str, Choices] = attrs.field(factory=dict[str, Choices])
    """The choices of inputs, by name; an input without choices accepts any text."""

    async def inputs(self, console: Console, form: Form | None, given: Form) -> list[Input]:
        """See ``Action``."""
        found = await super().inputs(console, form, given)
        return [await self._offering(console, one) for one in found]

    async def _offering(self, console: Console, one: Input) -> Input:
        if one.name not in self.offers or one.fixed:
            return one
        choices = await self.offers[one.name](console)
        if not choices:
            return one
        known = {value for value, _ in choices}
        own = ((one.value, one.value),) if one.value and one.value not in known else ()
        return attrs.evolve(one, kind="choice", choices=(("", "(none)"), *own, *choices))


@attrs.frozen(kw_only=True, eq=False, slots=False)
class ChangeAction(ChoosingAction):
    """A change of one object: fields that differ from now are sent, emptied fields are cleared.

    ``before`` returns the object as a request whose fields have its values, without secrets: an
    empty input leaves a secret unchanged.
    """

    async def prepare(self, console: Console, form: Form) -> Message:
        """See ``CallAction``."""
        request = self.request(form)
        assert self.before is not None
        now = await self.before(console, form)
        if now is None:
            raise FormError({"": "it no longer exists, or cannot be read; nothing was sent"})
        changed = [self._keep_change(request, now, name, form) for name in self.names]
        if not any(changed):
            raise FormError({"": "nothing in the form differs from the current values"})
        return request

    def _keep_change(self, request: Message, now: Message, name: str, form: Form) -> bool:
        """Leave a field out of the request if it is unchanged; return whether it differs."""
        if name in self.fixed:
            return False
        field, owner = field_at(self.row.request, name)
        typed = form.get(name, "")
        if field.name in owner.__secret__:
            return bool(typed)
        was = parse(field, text_of(field, value_at(now, name)))
        wanted = parse(field, typed)
        if wanted == was:
            _unset(request, name)
            return False
        if wanted is None:
            _clear(request, name, field)
        return True


def _unset(request: Message, name: str) -> None:
    """Leave a field out; the lists of updates are messages of their own."""
    *outer, last = name.removesuffix(".set").split(".")
    target: Any = request
    for part in outer:
        target = getattr(target, part)
        if target is None:
            return
    setattr(target, last, None)


def _clear(request: Message, name: str, field: Field) -> None:
    path = name.split(".")
    if path[-1] == "set":
        set_field(request, (*path[:-1], "clear"), True)
    else:
        set_field(request, tuple(path), field.enum(0) if isinstance(field, EnumField) else "")
