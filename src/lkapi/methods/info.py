"""One remote method as a row: what clients, embedded server, tests and docs know about it."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lkapi.message import Message

__all__ = ["Idempotency", "MethodInfo", "Needs", "Req", "Res"]

Req = TypeVar("Req", bound="Message")
Res = TypeVar("Res", bound="Message")


class Idempotency(enum.Enum):
    """Whether a call may be sent again if the server may already have acted."""

    SAFE = "safe"
    """Calling it twice has the effect of one call: reads, deletes, set-like updates, CreateRoom."""
    KEYED = "keyed"
    """Calling it twice creates two objects, unless the server recognises the request id (Cloud)."""
    UNSAFE = "unsafe"
    """Calling it twice does harm, even with the same request id: dialling, transferring, buying."""


@attrs.frozen
class Needs:
    """The grants that one call needs, as the claims of its token."""

    claims: tuple[tuple[str, tuple[tuple[str, bool | str], ...]], ...] = ()

    @classmethod
    def of(cls, **claims: Mapping[str, bool | str]) -> Needs:
        """Build from ``video={"roomAdmin": True, "room": "demo"}``."""
        return cls(tuple((name, tuple(flags.items())) for name, flags in claims.items()))

    def as_claims(self) -> dict[str, dict[str, bool | str]]:
        """The same as a dict for a JWT payload."""
        return {name: dict(flags) for name, flags in self.claims}

    def describe(self) -> str:
        """The same as readable text: ``video.roomAdmin, video.room='demo'``."""
        return ", ".join(
            f"{name}.{flag}" if value is True else f"{name}.{flag}={value!r}"
            for name, flags in self.claims
            for flag, value in flags
        )


def _path_of(method: MethodInfo[Any, Any]) -> str:
    return f"/twirp/livekit.{method.service}/{method.name}"


@attrs.frozen(kw_only=True, eq=False)
class MethodInfo(Generic[Req, Res]):
    """One remote method."""

    service: str
    """``RoomService``"""
    name: str
    """``CreateRoom``"""
    request: type[Req]
    response: type[Res]
    needs: Callable[[Req], Needs]
    """The grants for a given request."""
    idempotency: Idempotency
    timeout: Callable[[Req], float | None] | None = None
    """The timeout that this request needs at least, in seconds; None for the client's default."""
    cloud_only: bool = False
    """Whether only LiveKit Cloud offers it."""
    deletes: bool = False
    """Whether ``not_found`` in response to a retry counts as success."""
    empty_ok: bool = False
    """Whether the client may send a request without any field, as for plain lists."""
    old_keyword: str = ""
    """The name of the parameter for the request object in livekit-api, if it has one."""
    prepare: Callable[[Req], Req] | None = None
    """Returns a copy of the request with what all attempts must share, a nonce for example."""

    path: str = attrs.field(init=False, default=attrs.Factory(_path_of, takes_self=True))
    """``/twirp/livekit.RoomService/CreateRoom``, appended to the server's url."""

    def __str__(self) -> str:
        return f"{self.service}/{self.name}"
