"""World: the simulated server of ``lkapi dev``, and what can be done to it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from lkapi.console.stage.machine import MACHINE
from lkapi.console.stage.people import PEOPLE
from lkapi.console.stage.workers import WORKERS
from lkapi.console.web.page import Page, Route

if TYPE_CHECKING:
    from starlette.responses import Response

    from lkapi.console.web.view import View

__all__ = ["page"]

_SHOWN: Final = 50


async def show_world(view: View) -> Response:
    """``GET /world``."""
    stage: Any = view.console.stage
    world, faults = stage.server.world, stage.server.faults
    with world.lock:
        rooms = list(world.rooms.values())
        people = [person for room in rooms for person in room.participants.values()]
        values: dict[str, Any] = {
            "now": dt.datetime.fromtimestamp(world.clock.now(), dt.timezone.utc),
            "rooms": len(rooms),
            "people": [person for person in people if person.connected][:_SHOWN],
            "count": len(people),
            "calls": world.calls.all()[-_SHOWN:][::-1],
            "egresses": world.egresses.all()[-_SHOWN:][::-1],
            "ingresses": world.ingresses.all()[-_SHOWN:][::-1],
        }
    targets = 0 if stage.webhooks is None else len(stage.webhooks.sender.targets)
    return view.render(
        "world.html",
        faults=faults.pending,
        profile=world.config.profile,
        targets=targets,
        **values,
    )


page: Final = Page(
    name="world",
    title="World",
    path="/world",
    routes=(Route(path="/world", handler=show_world),),
    actions=(*PEOPLE, *WORKERS, *MACHINE),
    only_dev=True,
)
