"""Which function answers which remote method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import attrs

from lkapi.methods.info import MethodInfo, Needs, Req, Res

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.handlers.call import Call

__all__ = ["Handler", "find_handler", "handles"]


@attrs.frozen
class Handler(Generic[Req, Res]):
    """A row and the function that answers it."""

    row: MethodInfo[Req, Res]
    run: Callable[[Call, Req], Res]
    check_first: Callable[[Req], None] | None = None
    """What the server looks at before the grants (recorded behaviour 20)."""
    demands: Callable[[Req], Needs] | None = None
    """The grants the server insists on, where clients send more than these."""


_HANDLERS: dict[str, Handler[Any, Any]] = {}


def handles(
    row: MethodInfo[Req, Res],
    *,
    check_first: Callable[[Req], None] | None = None,
    demands: Callable[[Req], Needs] | None = None,
) -> Callable[[Callable[[Call, Req], Res]], Callable[[Call, Req], Res]]:
    """Make a function the answer to a method.

    Args:
        row: the method.
        check_first: raises for requests that are refused before grants are looked at.
        demands: the grants insisted on; those of the row by default.
    """

    def register(run: Callable[[Call, Req], Res]) -> Callable[[Call, Req], Res]:
        _HANDLERS[row.path] = Handler(row, run, check_first, demands)
        return run

    return register


def find_handler(path: str) -> Handler[Any, Any] | None:
    """The handler of a path such as ``/twirp/livekit.RoomService/CreateRoom``."""
    return _HANDLERS.get(path)
