"""One call in the server: its world, its token and its deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.runtime.call_time import CallTime

if TYPE_CHECKING:
    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.world import World
    from lkapi.message import Message

__all__ = ["Call"]


@attrs.define(eq=False, kw_only=True)
class Call(CallTime):
    """What a handler gets besides its request."""

    world: World
    claims: Claims | None = None
    """None if the request had no token, or an invalid one."""
    bad_token: str = ""
    """Why its token is not valid; empty for a valid one and for none."""
    request: Message | None = None
    """The request, once it has been decoded."""
