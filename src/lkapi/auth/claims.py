"""The claims of a token: filled by `AccessToken`, returned by `TokenVerifier`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from lkapi.auth.grants import (
    GROUPS,
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    VideoGrants,
)
from lkapi.auth.room_config import decode_room_config
from lkapi.errors import InvalidTokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.protocol.room import RoomConfiguration

__all__ = ["Claims"]

_TEXTS = {
    "name": "name",
    "kind": "kind",
    "metadata": "metadata",
    "sha256": "sha256",
    "roomPreset": "room_preset",
}
_GROUPS = {claim: (name, group) for name, (claim, group) in GROUPS.items()}
_LATEST = datetime.max.replace(tzinfo=timezone.utc)


def _no_details() -> list[str]:
    return []


def _no_claims() -> dict[str, Any]:
    return {}


@dataclass(slots=True)
class Claims:
    """The claims of one token; a claim that the token does not have is unset."""

    identity: str = ""
    """Who holds the token, unique in a room; ``sub``, or ``jti`` where there is no ``sub``."""
    name: str = ""
    """Display name."""
    kind: str = ""
    """Kind of participant; empty reads as ``standard``, unknown kinds are kept."""
    metadata: str = ""
    video: VideoGrants | None = None
    sip: SIPGrants | None = None
    inference: InferenceGrants | None = None
    observability: ObservabilityGrants | None = None
    agent: AgentGrants | None = None
    agent_endpoint: AgentEndpointGrants | None = None
    agent_thread: AgentThreadGrants | None = None
    attributes: dict[str, str] | None = None
    sha256: str | None = None
    """Padded base64 of the hash of the webhook body that the token signs."""
    room_preset: str | None = None
    room_config_json: dict[str, Any] | None = field(default=None, repr=False)
    """Configuration of the room that the first join creates, as ProtoJSON."""
    kind_details: list[str] = field(default_factory=_no_details)
    iss: str = ""
    """API key that signed the token."""
    iat: float | None = None
    """Time of issue in unix seconds; informative only."""
    nbf: float | None = None
    """Unix seconds from which the token is valid."""
    exp: float | None = None
    """Unix seconds at which the token expires."""
    raw: Mapping[str, Any] = field(default_factory=_no_claims, repr=False, compare=False)
    """The whole payload, for claims that have no field here."""

    @property
    def room_config(self) -> RoomConfiguration | None:
        """The room's configuration as a message; a new one each time, and it loads the messages."""
        if self.room_config_json is None:
            return None
        return cast("RoomConfiguration", decode_room_config(self.room_config_json))

    @property
    def api_key(self) -> str:
        """API key that signed the token, the same as ``iss``."""
        return self.iss

    @property
    def issued_at(self) -> datetime | None:
        """Time of issue, as stated in the token."""
        return _as_datetime(self.iat)

    @property
    def not_before(self) -> datetime | None:
        """Time from which the token is valid."""
        return _as_datetime(self.nbf)

    @property
    def expires_at(self) -> datetime | None:
        """Time at which the token expires."""
        return _as_datetime(self.exp)

    def asdict(self) -> dict[str, Any]:
        """The claims that are set, by their names in the token; without issuer and times.

        Raises:
            TokenError: if a grant has a value of the wrong type.
        """
        texts = {
            "sub": self.identity,
            "name": self.name,
            "kind": self.kind,
            "kindDetails": self.kind_details,
            "metadata": self.metadata,
            "attributes": self.attributes,
            "sha256": self.sha256,
            "roomPreset": self.room_preset,
        }
        members: dict[str, Any] = {claim: value for claim, value in texts.items() if value}
        for name, (claim, _) in GROUPS.items():
            grants = getattr(self, name)
            if grants is not None:
                members[claim] = grants.to_claims()
        if self.room_config_json is not None:
            members["roomConfig"] = self.room_config_json
        return members


def _as_datetime(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return _LATEST


def read_claims(payload: dict[str, Any]) -> Claims:
    """Read the payload of a token; null members read as absent, unknown ones are ignored.

    Raises:
        InvalidTokenError: if a claim has the wrong type; a guess could widen a grant.
    """
    claims = Claims(
        identity=_text(payload, "sub") or _text(payload, "jti"),
        attributes=_attributes(payload),
        kind_details=_texts(payload, "kindDetails"),
        room_config_json=_object(payload, "roomConfig"),
        iss=_text(payload, "iss"),
        iat=number(payload, "iat"),
        nbf=number(payload, "nbf"),
        exp=number(payload, "exp"),
        raw=payload,
    )
    for claim, value in payload.items():
        if claim in _TEXTS and value is not None:
            setattr(claims, _TEXTS[claim], _text(payload, claim))
        elif claim in _GROUPS:
            name, group = _GROUPS[claim]
            setattr(claims, name, group.from_claims(value, claim))
    if claims.room_config_json:
        decode_room_config(claims.room_config_json)
    return claims


def number(payload: Mapping[str, Any], claim: str) -> float | None:
    """Read a time in unix seconds; absent and null are None."""
    value: object = payload.get(claim)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value):
        return value
    raise InvalidTokenError(f"the claim {claim} is not a time in seconds")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _text(payload: Mapping[str, Any], claim: str) -> str:
    value: object = payload.get(claim)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise InvalidTokenError(f"the claim {claim} is not a string")


def _texts(payload: Mapping[str, Any], claim: str) -> list[str]:
    value: object = payload.get(claim)
    if value is None:
        return []
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    if all(isinstance(item, str) for item in items):
        return cast("list[str]", items)
    raise InvalidTokenError(f"the claim {claim} is not a list of strings")


def _object(payload: Mapping[str, Any], claim: str) -> dict[str, Any] | None:
    value: object = payload.get(claim)
    if value is None:
        return None
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise InvalidTokenError(f"the claim {claim} is not an object")


def _attributes(payload: Mapping[str, Any]) -> dict[str, str] | None:
    found = _object(payload, "attributes")
    if found is None or all(isinstance(value, str) for value in found.values()):
        return found
    raise InvalidTokenError("the claim attributes is not an object of strings")
