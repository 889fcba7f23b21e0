"""A page: its place in the menu, its addresses, what it reads and what it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs
from starlette.responses import Response

from lkapi.console.web.view import View

if TYPE_CHECKING:
    from lkapi.console.actions.action import Action
    from lkapi.console.console import Console
    from lkapi.console.store import Source

__all__ = ["Handler", "Page", "Route"]

Handler: TypeAlias = Callable[[View], Awaitable[Response]]


@attrs.frozen(kw_only=True)
class Route:
    """One address."""

    path: str
    handler: Handler
    method: str = "GET"
    changes: bool = True
    """Whether a POST changes or sends something or makes a token: refused if read-only."""


@attrs.frozen(kw_only=True)
class Page:
    """One entry of the menu."""

    name: str
    title: str
    path: str
    routes: tuple[Route, ...]
    sources: tuple[Source, ...] = ()
    actions: tuple[Action, ...] = ()
    only_dev: bool = False
    """Whether it exists only in ``lkapi dev``."""

    def shown_for(self, console: Console) -> bool:
        """Whether the menu shows it."""
        return not self.only_dev or console.stage is not None
