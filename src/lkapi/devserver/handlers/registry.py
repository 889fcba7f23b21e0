"""Which function answers which remote method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import attrs

from lkapi.method import MethodInfo, Req, Res

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.call import Call

__all__ = ["Handler", "find_handler", "handles"]


@attrs.frozen
class Handler(Generic[Req, Res]):
    """A row and the function that answers it."""

    row: MethodInfo[Req, Res]
    run: Callable[[Call, Req], Res]
    check_first: Callable[[Req], None] | None = None
    """What the server looks at before the grants (recorded behaviour 20)."""


_HANDLERS: dict[str, Handler[Any, Any]] = {}


def handles(
    row: MethodInfo[Req, Res], *, check_first: Callable[[Req], None] | None = None
) -> Callable[[Callable[[Call, Req], Res]], Callable[[Call, Req], Res]]:
    """Make a function the answer to a method.

    Args:
        row: the method.
        check_first: raises for requests that are refused before grants are looked at.
    """

    def register(run: Callable[[Call, Req], Res]) -> Callable[[Call, Req], Res]:
        _HANDLERS[row.path] = Handler(row, run, check_first)
        return run

    return register


def find_handler(path: str) -> Handler[Any, Any] | None:
    """The handler of a path such as ``/twirp/livekit.RoomService/CreateRoom``."""
    return _HANDLERS.get(path)
