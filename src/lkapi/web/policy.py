"""Who gets which token: the decisions behind a token endpoint.

A policy says what a user gets. The endpoint compares that with the request: if a requested field is
missing from the policy's result, the request is refused with 403. So no field is granted or dropped
by accident.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast, get_args

import attrs

from lkapi.errors import TokenRefusedError

if TYPE_CHECKING:
    from datetime import timedelta

    from lkapi.auth import VideoGrants
    from lkapi.protocol.room import RoomConfiguration
    from lkapi.protocol.token_source import TokenSourceRequest

User = TypeVar("User")

TokenField = Literal[
    "room_name",
    "participant_name",
    "participant_identity",
    "participant_metadata",
    "participant_attributes",
    "room_config",
]
"""What a client can request, by the field names of the standard request."""

FIELDS: Final[tuple[TokenField, ...]] = get_args(TokenField)

DEFAULT_ROOM: Final = "quickstart-room"
DEFAULT_IDENTITY: Final = "quickstart-identity"
DEFAULT_NAME: Final = "quickstart-username"


def _named(_: Admission, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(
            f"Admission.{attribute.name} must be a string that is not empty, not {value!r}"
        )


def _fields(names: Collection[str]) -> frozenset[TokenField]:
    given = {names} if isinstance(names, str) else set(names)
    unknown = sorted(given.difference(FIELDS))
    if unknown:
        raise ValueError(
            f"unknown field of a token request: {', '.join(unknown)}; use {', '.join(FIELDS)}"
        )
    return cast("frozenset[TokenField]", frozenset(given))


@attrs.frozen(kw_only=True)
class Admission:
    """What one user's token contains: the result of a policy.

    A field that the client requested must have the requested value here, or the endpoint refuses
    with 403.
    """

    identity: str = attrs.field(validator=_named)
    """Unique in the room: a second participant with the same identity disconnects the first."""
    room: str = attrs.field(validator=_named)
    """The room, created when the first participant joins."""
    name: str = ""
    metadata: str = ""
    attributes: Mapping[str, str] = attrs.field(factory=dict[str, str])
    room_config: RoomConfiguration | None = None
    grants: VideoGrants | None = None
    """Permissions beyond joining; ``room_join`` and ``room`` are filled in."""
    ttl: float | timedelta | str | None = None
    """Lifetime of the token in seconds, as timedelta or ``"10m"``; None for the endpoint's own."""
    replaces: Collection[TokenField] = attrs.field(default=(), converter=_fields)
    """Fields that the client may request but gets with another value: a prefixed room, say."""


TokenPolicy = Callable[["TokenSourceRequest", User], Admission | Awaitable[Admission]]
"""``(request, user) -> Admission``, a function or coroutine function of your own.

It may raise ``TokenRefusedError("…", fields=["room_name"])`` to refuse with a reason.
"""

FixedOrFromUser = str | Callable[[Any], str]


@attrs.frozen(kw_only=True)
class FieldPolicy:
    """Accepts some of the standard's fields; see ``documented`` and ``locked``."""

    accepts: frozenset[TokenField] = attrs.field(converter=_fields)
    room: FixedOrFromUser = DEFAULT_ROOM
    identity: FixedOrFromUser | None = None
    name: FixedOrFromUser = ""

    @property
    def needs_user(self) -> bool:
        """Whether something is decided from the authenticated user."""
        return any(callable(rule) for rule in (self.room, self.identity, self.name))

    @property
    def open_fields(self) -> frozenset[TokenField]:
        """Fields that the client may set: not those that are decided from the user."""
        rules: dict[TokenField, object] = {
            "room_name": self.room,
            "participant_identity": self.identity,
            "participant_name": self.name,
        }
        return self.accepts.difference(field for field, rule in rules.items() if callable(rule))

    def __call__(self, request: TokenSourceRequest, user: object) -> Admission:
        """Take the open fields from the request and the rest from the defaults."""
        opened = self.open_fields
        chosen = {field: getattr(request, field) or None for field in opened}
        identity = chosen.get("participant_identity")
        # The default name is not used with an identity that the client chose.
        name = _decide("" if identity else self.name, user)
        return Admission(
            identity=identity or _decide(self.identity or _new_identity, user),
            room=chosen.get("room_name") or _decide(self.room, user),
            name=chosen.get("participant_name") or name,
            metadata=chosen.get("participant_metadata") or "",
            attributes=chosen.get("participant_attributes") or {},
            room_config=chosen.get("room_config"),
        )


def _decide(rule: FixedOrFromUser, user: object) -> str:
    return rule if isinstance(rule, str) else rule(user)


def _new_identity(_user: object) -> str:
    return f"guest-{uuid.uuid4().hex[:12]}"


def documented(
    *,
    refuse: Collection[TokenField] = (),
    room: FixedOrFromUser = DEFAULT_ROOM,
    identity: FixedOrFromUser | None = DEFAULT_IDENTITY,
    name: FixedOrFromUser | None = None,
) -> FieldPolicy:
    """Accept everything that the standard request may contain, from anybody: for trying things out.

    Defaults are those of LiveKit's own samples, so two clients that name no identity get the same
    one and the second disconnects the first; ``identity=None`` gives each a new one.

    Args:
        refuse: fields to refuse with 403.
        room: the room of a client that requests none; a function of the user decides it for every
            client.
        identity: likewise; with a function of the user no client can take another's identity.
        name: likewise; None means ``quickstart-username`` where the default identity is used.
    """
    if name is None:
        name = DEFAULT_NAME if identity == DEFAULT_IDENTITY else ""
    accepts = frozenset(FIELDS) - _fields(refuse)
    return FieldPolicy(accepts=accepts, room=room, identity=identity, name=name)


def locked(
    *,
    accept: Collection[TokenField] = (),
    room: FixedOrFromUser = DEFAULT_ROOM,
    identity: FixedOrFromUser | None = None,
    name: FixedOrFromUser = "",
) -> FieldPolicy:
    """Refuse with 403 every field that the client requests: the server alone decides.

    Args:
        accept: fields that the client may set.
        room: the room, or a function of the user that names it.
        identity: the identity, or a function of the user; None gives each request a new one.
        name: the display name, or a function of the user.
    """
    return FieldPolicy(accepts=_fields(accept), room=room, identity=identity, name=name)


def refuse_unmet(request: TokenSourceRequest, admission: Admission) -> None:
    """Refuse a request if the admission lacks a requested field or has another value for it.

    Raises:
        TokenRefusedError: 403, naming each such field.
    """
    checks: dict[TokenField, bool] = {
        "room_name": request.room_name in (None, "", admission.room),
        "participant_name": request.participant_name in (None, "", admission.name),
        "participant_identity": request.participant_identity in (None, "", admission.identity),
        "participant_metadata": request.participant_metadata in (None, "", admission.metadata),
        "participant_attributes": request.participant_attributes.items()
        <= admission.attributes.items(),
        "room_config": _config_met(request.room_config, admission.room_config),
    }
    unmet = [field for field, met in checks.items() if not met and field not in admission.replaces]
    if unmet:
        raise TokenRefusedError(f"the client may not set: {', '.join(unmet)}", fields=unmet)


def _config_met(wanted: RoomConfiguration | None, given: RoomConfiguration | None) -> bool:
    return wanted is None or not wanted.to_bytes() or wanted == given
