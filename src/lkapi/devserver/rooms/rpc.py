"""Methods that participants offer to remote procedure calls."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from lkapi.errors import LiveKitError

__all__ = ["RpcError", "RpcHandler", "RpcInvocation", "RpcMethod"]


@attrs.frozen
class RpcInvocation:
    """One run of a participant's method."""

    method: str
    payload: str
    caller_identity: str
    """A random UUID: the server does not say who called."""
    response_timeout: float
    """Seconds that the caller waits."""
    called_at: float
    """The world's time of this run."""


RpcHandler = Callable[[RpcInvocation], str]


class RpcError(LiveKitError):
    """An error of the method itself; the error text of PerformRpc contains all of it."""

    def __init__(self, code: int, message: str, data: str = "") -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"RpcError {self.code}: {self.message}" + (f": {self.data}" if self.data else "")


@attrs.frozen
class RpcMethod:
    """A method of a participant."""

    handler: RpcHandler
    takes: float = 0.0
    """Seconds that a run takes on the world's clock."""
