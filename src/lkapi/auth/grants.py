"""Grants, what a token allows: one class per group, written to claims and read from them.

Fields may be given by position, in the order of livekit-api. A flag that is None is left out of the
token, and the server applies its default.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, TypeVar, cast

from lkapi._words import lower_camel
from lkapi.auth.enums import TrackSource, source_names
from lkapi.errors import InvalidTokenError, TokenError
from lkapi.errors.base import hides_locals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

__all__ = [
    "AgentEndpointGrants",
    "AgentGrants",
    "AgentThreadGrants",
    "InferenceGrants",
    "ObservabilityGrants",
    "Permissions",
    "SIPGrants",
    "VideoGrants",
]

G = TypeVar("G", bound="Grants")

_THREE_STATES = frozenset(
    {
        "can_publish",
        "can_subscribe",
        "can_publish_data",
        "can_update_own_metadata",
        "can_subscribe_metrics",
        "can_manage_agent_session",
    }
)
"""Flags whose explicit ``false`` is written: for the server it differs from a missing flag."""

_TEXTS = frozenset({"room", "destination_room", "agent_name", "deployment", "scope"})
_LISTS = frozenset({"can_publish_sources", "thread_ids"})


class Grants:
    """The common base: writing to claims and reading from them."""

    __slots__ = ()

    claim_names: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Each field with the name of its claim."""
    field_names: ClassVar[Mapping[str, str]] = {}
    """Each claim with the name of its field."""

    def copied(self) -> Self:
        """An independent copy of the grants."""
        return type(self)(*[getattr(self, field) for field, _ in self.claim_names])

    def to_claims(self) -> dict[str, Any]:
        """The members of the token; unset, empty and false fields are left out.

        Raises:
            TokenError: if a field holds a value of the wrong type.
        """
        claims: dict[str, Any] = {}
        for field, claim in self.claim_names:
            value = getattr(self, field)
            if value is None:
                continue
            if value is False:
                if field in _THREE_STATES:
                    claims[claim] = False
            elif value is True and field not in _TEXTS and field not in _LISTS:
                claims[claim] = True
            elif field in _TEXTS and isinstance(value, str):
                if value:
                    claims[claim] = value
            elif field in _LISTS:
                if listed := self._write_list(field, value):
                    claims[claim] = listed
            else:
                wanted = "a string" if field in _TEXTS else "True, False or None"
                raise TokenError(f"{type(self).__name__}.{field} must be {wanted}, not {value!r}")
        return claims

    def _write_list(self, field: str, value: object) -> Sequence[str]:
        if field == "can_publish_sources":
            return source_names(cast("Sequence[str]", value))
        items = cast("list[object]", value) if isinstance(value, (list, tuple)) else [None]
        if not all(isinstance(item, str) for item in items):
            raise TokenError(f"{type(self).__name__}.{field} must be a list of strings")
        return cast("Sequence[str]", items)

    @classmethod
    def from_claims(cls, claims: object, name: str) -> Self | None:
        """Read a group of grants; null is absent, unknown members are ignored.

        Raises:
            InvalidTokenError: if the group or a member has the wrong type.
        """
        if claims is None:
            return None
        if not isinstance(claims, dict):
            raise InvalidTokenError(f"the claim {name} is not an object")
        members = cast("dict[str, object]", claims)
        grants = cls()
        for claim, value in members.items():
            field = cls.field_names.get(claim)
            if field is None or value is None:
                continue
            if not _fits(field, value):
                raise InvalidTokenError(f"the claim {name}.{claim} has the wrong type")
            setattr(grants, field, value)
        return grants


def _fits(field: str, value: object) -> bool:
    if field in _TEXTS:
        return isinstance(value, str)
    if field in _LISTS:
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        return all(isinstance(item, str) for item in items)
    return isinstance(value, bool)


def _with_claim_names(cls: type[G]) -> type[G]:
    """Name the claims of a class, and let its constructor suggest names for misspelt ones."""
    names = tuple((field.name, lower_camel(field.name)) for field in fields(cast("Any", cls)))
    cls.claim_names = names
    cls.field_names = {claim: field for field, claim in names}
    untyped = cast("Any", cls)
    untyped.__init__ = hides_locals(untyped.__init__)
    return cls


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a participant may do, with the server's defaults applied."""

    can_subscribe: bool
    can_publish: bool
    can_publish_data: bool
    can_publish_sources: tuple[str, ...]
    """Empty means any source."""
    hidden: bool
    recorder: bool
    can_update_metadata: bool
    agent: bool
    can_subscribe_metrics: bool
    can_manage_agent_session: bool


@_with_claim_names
@dataclass(slots=True)
class VideoGrants(Grants):
    """Rooms: creating, joining, administering, recording, and what participants may do inside."""

    room_create: bool | None = None
    """Create and delete rooms."""
    room_list: bool | None = None
    room_record: bool | None = None
    """Make every egress call."""
    room_admin: bool | None = None
    """Administer ``room``."""
    room_join: bool | None = None
    """Join ``room``."""
    room: str = ""
    destination_room: str | None = None
    """Room that participants may be moved or forwarded to."""
    can_publish: bool | None = None
    """Unset means true."""
    can_subscribe: bool | None = None
    """Unset means true."""
    can_publish_data: bool | None = None
    """Unset means the same as ``can_publish``."""
    can_publish_sources: Sequence[TrackSource | str | int] | None = None
    """Limits ``can_publish``: names, or numbers of ``models.TrackSource``; empty means any."""
    can_update_own_metadata: bool | None = None
    ingress_admin: bool | None = None
    hidden: bool | None = None
    """Not shown to the other participants."""
    recorder: bool | None = None
    """Deprecated: recorders carry the kind ``egress``."""
    agent: bool | None = None
    can_manage_agent_session: bool | None = None
    can_subscribe_metrics: bool | None = None

    def __post_init__(self) -> None:
        if self.can_publish_sources is not None:
            self.can_publish_sources = source_names(self.can_publish_sources)

    def permissions(self) -> Permissions:
        """The permissions that result from these grants, with the server's defaults applied."""
        publish = self.can_publish is not False
        data = publish if self.can_publish_data is None else self.can_publish_data
        return Permissions(
            can_subscribe=self.can_subscribe is not False,
            can_publish=publish,
            can_publish_data=data,
            can_publish_sources=tuple(str(source) for source in self.can_publish_sources or ()),
            hidden=bool(self.hidden),
            recorder=bool(self.recorder),
            can_update_metadata=bool(self.can_update_own_metadata),
            agent=bool(self.agent),
            can_subscribe_metrics=bool(self.can_subscribe_metrics),
            can_manage_agent_session=bool(self.can_manage_agent_session),
        )


class VideoGrantsFields(TypedDict, total=False):
    """The fields of `VideoGrants` as keywords."""

    room_create: bool | None
    room_list: bool | None
    room_record: bool | None
    room_admin: bool | None
    room_join: bool | None
    room: str
    destination_room: str | None
    can_publish: bool | None
    can_subscribe: bool | None
    can_publish_data: bool | None
    can_publish_sources: Sequence[TrackSource | str | int] | None
    can_update_own_metadata: bool | None
    ingress_admin: bool | None
    hidden: bool | None
    recorder: bool | None
    agent: bool | None
    can_manage_agent_session: bool | None
    can_subscribe_metrics: bool | None


@_with_claim_names
@dataclass(slots=True)
class SIPGrants(Grants):
    """Telephony."""

    admin: bool = False
    """Trunks, dispatch rules and phone numbers."""
    call: bool = False
    """Dial and transfer."""


@_with_claim_names
@dataclass(slots=True)
class AgentGrants(Grants):
    """Agents that run in LiveKit Cloud."""

    admin: bool = False
    simulation_admin: bool = False
    database_admin: bool = False
    dispatch_admin: bool = False


@_with_claim_names
@dataclass(slots=True)
class AgentEndpointGrants(Grants):
    """Calling one agent's endpoint."""

    call: bool = False
    agent_name: str = ""
    deployment: str = ""


@_with_claim_names
@dataclass(slots=True)
class AgentThreadGrants(Grants):
    """Conversations with agents."""

    all: bool = False
    scope: str = ""
    thread_ids: Sequence[str] | None = None
    list: bool = False
    create: bool = False
    write: bool = False
    read: bool = False
    delete: bool = False


@_with_claim_names
@dataclass(slots=True)
class InferenceGrants(Grants):
    """Models run by LiveKit."""

    perform: bool = False


@_with_claim_names
@dataclass(slots=True)
class ObservabilityGrants(Grants):
    """Sending traces and logs."""

    write: bool = False


GROUPS: Mapping[str, tuple[str, type[Grants]]] = {
    "video": ("video", VideoGrants),
    "sip": ("sip", SIPGrants),
    "agent": ("agent", AgentGrants),
    "agent_endpoint": ("agentEndpoint", AgentEndpointGrants),
    "agent_thread": ("agentThread", AgentThreadGrants),
    "inference": ("inference", InferenceGrants),
    "observability": ("observability", ObservabilityGrants),
}
"""Claim and class of each group, by the name of its field in ``Claims``."""
