"""One remote method as a row: what clients, embedded server, tests and docs need to know of it."""

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
    """Whether a call may be sent again when the server may have acted."""

    SAFE = "safe"
    """Doing it twice is the same as doing it once: reads, deletes, set-like updates, CreateRoom."""
    KEYED = "keyed"
    """Doing it twice makes two things, unless the server knows the request id (LiveKit Cloud)."""
    UNSAFE = "unsafe"
    """Doing it twice does harm whatever is sent along: dialling, transferring, buying."""


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
        """The same for people: ``video.roomAdmin, video.room='demo'``."""
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
    """Seconds that this request is known to take at least; None for the client's default."""
    cloud_only: bool = False
    """Whether only LiveKit Cloud offers it."""
    deletes: bool = False
    """Whether a retry that is answered with ``not_found`` counts as success."""
    empty_ok: bool = False
    """Whether the client may send a request without any field, as for plain lists."""
    old_keyword: str = ""
    """The parameter of livekit-api that takes the request object, where it had one."""
    prepare: Callable[[Req], Req] | None = None
    """Adds what must be the same in all attempts (a nonce, say), in a copy of the request."""

    path: str = attrs.field(init=False, default=attrs.Factory(_path_of, takes_self=True))
    """``/twirp/livekit.RoomService/CreateRoom``, to be put behind the server's url."""

    def __str__(self) -> str:
        return f"{self.service}/{self.name}"
