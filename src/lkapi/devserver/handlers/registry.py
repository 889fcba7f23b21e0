"""Which function handles which remote method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import attrs

from lkapi.methods.info import MethodInfo, Req, Res

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.handlers.call import Call

__all__ = ["Handler", "find_handler", "handles"]


@attrs.frozen
class Handler(Generic[Req, Res]):
    """A row and the function that handles its requests."""

    row: MethodInfo[Req, Res]
    run: Callable[[Call, Req], Res]
    check_before_grants: Callable[[Req], None] | None = None
    """Checks of the request that come before those of the grants (recorded behaviour 20)."""


_HANDLERS: dict[str, Handler[Any, Any]] = {}


def handles(
    row: MethodInfo[Req, Res],
    *,
    check_before_grants: Callable[[Req], None] | None = None,
) -> Callable[[Callable[[Call, Req], Res]], Callable[[Call, Req], Res]]:
    """Make a function the handler of a method.

    Args:
        row: the method.
        check_before_grants: raises for requests that are refused before grants are checked.
    """

    def register(run: Callable[[Call, Req], Res]) -> Callable[[Call, Req], Res]:
        _HANDLERS[row.path] = Handler(row, run, check_before_grants)
        return run

    return register


def find_handler(path: str) -> Handler[Any, Any] | None:
    """The handler of a path such as ``/twirp/livekit.RoomService/CreateRoom``."""
    return _HANDLERS.get(path)
