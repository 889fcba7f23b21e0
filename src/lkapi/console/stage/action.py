"""Actions on a simulated world: a few inputs, a function, and the same in Python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

import lkapi
from lkapi.console.actions.action import Done, Form
from lkapi.console.actions.reading import FormError
from lkapi.console.actions.shown import Shown

if TYPE_CHECKING:
    from lkapi.console.actions.inputs import Input
    from lkapi.console.console import Console, Stage

__all__ = ["WorldAction"]

Doing = Callable[[Any, Form], "str | Done"]


@attrs.frozen(kw_only=True, eq=False)
class WorldAction:
    """One thing that can be done to the world of ``lkapi dev``."""

    name: str
    """Begins with ``world.``."""
    title: str
    form: tuple[Input, ...] = ()
    do: Callable[[Stage, Form], str | Done]
    """Does it, in a thread; returns a sentence for the user.

    Raises ``KeyError`` or ``ValueError`` for something that does not exist or is not valid.
    """
    python: Callable[[Form], str]
    """The same in Python, which uses ``server``, ``world`` and ``webhooks``."""
    about: str = ""
    button: str = ""
    destroys: bool = False
    loses: str = ""
    """What it ends, in words."""
    topics: tuple[str, ...] = (
        "rooms", "room", "calls", "egress-now", "egress", "egress-one", "room-egress", "ingress",
        "ingress-one", "room-ingress", "dispatches", "room-dispatches",
    )  # fmt: skip

    async def inputs(self, console: Console, form: Form | None, given: Form) -> list[Input]:  # noqa: ARG002
        """See ``Action``."""
        typed = given if form is None else form
        return [
            attrs.evolve(
                one,
                value=typed.get(one.name, one.value if form is None else ""),
                fixed=one.fixed and bool(typed.get(one.name)),
            )
            for one in self.form
        ]

    async def shown(self, console: Console, form: Form) -> tuple[Shown, ...]:  # noqa: ARG002
        """See ``Action``."""
        self._check(form)
        try:
            return (Shown("Python", self.python(form)),)
        except ValueError as error:
            raise FormError({"": str(error)}) from None

    async def ends(self, console: Console, form: Form) -> str:  # noqa: ARG002
        """See ``Action``."""
        return self.loses

    async def run(self, console: Console, form: Form) -> Done:
        """See ``Action``."""
        self._check(form)
        stage = console.stage
        if stage is None:
            raise FormError({"": "this is not a development server"})
        try:
            done = await asyncio.to_thread(self.do, stage, form)
        except KeyError as error:
            raise FormError({"": f"there is no {error.args[0]!r} in the world"}) from None
        except (ValueError, TypeError) as error:
            raise FormError({"": str(error)}) from None
        except lkapi.LiveKitError as error:
            raise FormError({"": str(error)}) from None
        return Done(text=done) if isinstance(done, str) else done

    def _check(self, form: Form) -> None:
        needed = [one.name for one in self.form if one.required]
        wrong = {name: "this is needed" for name in needed if not form.get(name, "").strip()}
        if wrong:
            raise FormError(wrong)
