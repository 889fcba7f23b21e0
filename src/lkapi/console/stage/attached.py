"""Keeps a console up to date with the development server in the same process, without polling."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import lkapi
    from lkapi.console.console import Console

__all__ = ["attach"]


def attach(console: Console) -> Callable[[], None]:
    """Follow the stage's events and requests, from any thread; return a function that ends it.

    Call it in the event loop of the console. Without a stage it does nothing.
    """
    stage = console.stage
    if stage is None:
        return lambda: None
    loop = asyncio.get_running_loop()

    def tell(function: Callable[[Any], None], what: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(function, what)

    def happened(event: lkapi.WebhookEvent) -> None:
        tell(console.hear, event.copy())

    def served(request: Any) -> None:
        tell(console.note_served, request)

    ends = (stage.server.world.events.listen(happened), stage.server.watch(served))

    def detach() -> None:
        for end in ends:
            end()

    return detach
