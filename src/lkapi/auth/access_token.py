"""Building and signing access tokens."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from lkapi.auth import enums
from lkapi.auth.claims import Claims
from lkapi.auth.enums import KindDetail, detail_names, kind_name
from lkapi.auth.grants import (
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    Grants,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    VideoGrants,
)
from lkapi.auth.jws import sign
from lkapi.auth.keys import read_credentials
from lkapi.auth.room_config import encode_room_config
from lkapi.auth.sensitive_fields import refuse_sensitive_fields
from lkapi.auth.ttl import TTL, parse_ttl, whole_seconds
from lkapi.errors import TokenError
from lkapi.errors.base import hides_locals

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.auth.grants import VideoGrantsFields
    from lkapi.protocol.room import RoomConfiguration

__all__ = ["AccessToken", "sign_claims"]

DEFAULT_TTL: Final = 6 * 3600.0
"""Seconds; the default of every LiveKit SDK that documents one."""

G = TypeVar("G", bound=Grants)


class AccessToken:
    """Builds an access token, with which a participant joins a room or a program calls the server.

    ``AccessToken(key, secret, identity="ann").add_grant(room_join=True, room="demo").to_jwt()``.
    Each ``with_…`` method changes this object and returns it; what is passed in is copied.
    """

    __slots__ = (
        "_allow_sensitive",
        "_any_room",
        "_api_secret",
        "_clock",
        "_ttl",
        "api_key",
        "claims",
    )

    ParticipantKind = enums.ParticipantKind
    """The values for `with_kind`, for code that annotates with ``AccessToken.ParticipantKind``."""

    @hides_locals
    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        identity: str | None = None,
        name: str | None = None,
        metadata: str | None = None,
        attributes: Mapping[str, str] | None = None,
        kind: enums.ParticipantKind | int | None = None,
        kind_details: Iterable[KindDetail | int] | None = None,
        ttl: TTL = DEFAULT_TTL,
        grants: VideoGrants | None = None,
        video: VideoGrants | None = None,
        sip: SIPGrants | None = None,
        agent: AgentGrants | None = None,
        agent_endpoint: AgentEndpointGrants | None = None,
        agent_thread: AgentThreadGrants | None = None,
        inference: InferenceGrants | None = None,
        observability: ObservabilityGrants | None = None,
        room_config: RoomConfiguration | Mapping[str, Any] | None = None,
        room_preset: str | None = None,
        sha256: str | None = None,
        allow_sensitive_credentials: bool = False,
        allow_any_room: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start a token; most keywords have a ``with_…`` method of the same meaning.

        Key and secret come from ``LIVEKIT_API_KEY`` and ``LIVEKIT_API_SECRET`` if they are not
        given; ``grants`` and ``video`` are the same; ``ttl`` defaults to six hours.
        ``allow_sensitive_credentials`` signs a ``room_config`` even if it holds secrets;
        ``allow_any_room`` allows ``room_join`` without ``room``, so that the holder chooses the
        room; ``clock`` returns the current unix time; a test makes an expired token with a clock in
        the past, ``clock=lambda: time.time() - 3600``.

        Raises:
            SettingsError: if key or secret is missing.
            TokenError: if an argument is not valid.
        """
        if grants is not None and video is not None:
            raise TokenError("grants and video are two names for the same argument: give only one")
        self.api_key, self._api_secret = read_credentials(api_key, api_secret)
        self.claims = Claims()
        self._allow_sensitive, self._any_room = allow_sensitive_credentials, allow_any_room
        self._clock = clock
        self._ttl = parse_ttl(ttl)
        self._apply(
            identity=identity, name=name, metadata=metadata, attributes=attributes, kind=kind,
            kind_details=kind_details, grants=grants if video is None else video, sip_grants=sip,
            agent_grants=agent, agent_endpoint_grants=agent_endpoint,
            agent_thread_grants=agent_thread, inference_grants=inference,
            observability_grants=observability, room_config=room_config, room_preset=room_preset,
            sha256=sha256,
        )  # fmt: skip

    def _apply(self, **parts: object) -> None:
        for part, value in parts.items():
            if value is not None:
                getattr(self, f"with_{part}")(value)

    def __repr__(self) -> str:
        return f"AccessToken(api_key={self.api_key!r}, identity={self.identity!r}, ttl={self.ttl})"

    @property
    def api_secret(self) -> str:
        """The secret that signs the token; no repr shows it."""
        return self._api_secret

    @property
    def identity(self) -> str:
        """The identity of the participant or program that will hold the token."""
        return self.claims.identity

    @identity.setter
    def identity(self, identity: str) -> None:
        self.claims.identity = _text(identity, "identity")

    @property
    def ttl(self) -> timedelta:
        """Lifetime."""
        return timedelta(seconds=self._ttl)

    @ttl.setter
    def ttl(self, ttl: TTL) -> None:
        self._ttl = parse_ttl(ttl)

    def with_identity(self, identity: str) -> AccessToken:
        """Set the identity of the holder, unique among the participants of a room."""
        self.claims.identity = _text(identity, "identity")
        return self

    def with_name(self, name: str) -> AccessToken:
        """Set the name that others see."""
        self.claims.name = _text(name, "name")
        return self

    def with_metadata(self, metadata: str) -> AccessToken:
        """Set the participant's metadata."""
        self.claims.metadata = _text(metadata, "metadata")
        return self

    def with_attributes(self, attributes: Mapping[str, str]) -> AccessToken:
        """Set the participant's attributes, replacing those set before.

        Raises:
            TokenError: if a key or a value is not a string.
        """
        if not isinstance(cast("object", attributes), Mapping):
            raise TokenError("attributes must be a mapping of strings to strings")
        for key, value in attributes.items():
            _text(key, "a key of attributes")
            _text(value, f"attribute {key!r}")
        self.claims.attributes = dict(attributes)
        return self

    def with_kind(self, kind: enums.ParticipantKind | int) -> AccessToken:
        """Set the kind of participant, by name or by number of ``ParticipantInfo.Kind``."""
        self.claims.kind = kind_name(kind)
        return self

    def with_kind_details(self, kind_details: Iterable[KindDetail | int]) -> AccessToken:
        """Set details of the kind, by name or by number of ``ParticipantInfo.KindDetail``."""
        self.claims.kind_details = detail_names(kind_details)
        return self

    def with_grants(self, grants: VideoGrants) -> AccessToken:
        """Set the grants for rooms, replacing those set before."""
        self.claims.video = _copied(grants, VideoGrants)
        return self

    def add_grant(self, **grants: Unpack[VideoGrantsFields]) -> AccessToken:
        """Add grants for rooms: ``add_grant(room_join=True, room="demo")``.

        Raises:
            TypeError: for a field that `VideoGrants` does not have.
        """
        present = self.claims.video or VideoGrants()
        self.claims.video = dataclasses.replace(present, **cast("dict[str, Any]", grants))
        return self

    def with_sip_grants(self, grants: SIPGrants) -> AccessToken:
        """Set the grants for telephony."""
        self.claims.sip = _copied(grants, SIPGrants)
        return self

    def with_agent_grants(self, grants: AgentGrants) -> AccessToken:
        """Set the grants for agents in LiveKit Cloud."""
        self.claims.agent = _copied(grants, AgentGrants)
        return self

    def with_agent_endpoint_grants(self, grants: AgentEndpointGrants) -> AccessToken:
        """Set the grants for calling an agent's endpoint."""
        self.claims.agent_endpoint = _copied(grants, AgentEndpointGrants)
        return self

    def with_agent_thread_grants(self, grants: AgentThreadGrants) -> AccessToken:
        """Set the grants for conversations with agents."""
        self.claims.agent_thread = _copied(grants, AgentThreadGrants)
        return self

    def with_inference_grants(self, grants: InferenceGrants) -> AccessToken:
        """Set the grants for using models run by LiveKit."""
        self.claims.inference = _copied(grants, InferenceGrants)
        return self

    def with_observability_grants(self, grants: ObservabilityGrants) -> AccessToken:
        """Set the grants for sending traces and logs."""
        self.claims.observability = _copied(grants, ObservabilityGrants)
        return self

    @hides_locals
    def with_room_config(self, config: RoomConfiguration | Mapping[str, Any]) -> AccessToken:
        """Configure the room that is created if the holder joins first, with agents for example.

        Args:
            config: a message, or its fields as a dict in snake_case or camelCase.

        Raises:
            SensitiveCredentialsError: if it holds a storage credential, a stream address or another
                secret, which the holder could read; see ``allow_sensitive_credentials``.
        """
        encoded = encode_room_config(config)
        if not self._allow_sensitive:
            refuse_sensitive_fields(encoded)
        self.claims.room_config_json = encoded
        return self

    def with_room_preset(self, preset: str) -> AccessToken:
        """Use a preset of room settings from the server's configuration."""
        self.claims.room_preset = _text(preset, "room_preset")
        return self

    def with_sha256(self, sha256: str) -> AccessToken:
        """Set the hash of a webhook's body: the padded base64 of its SHA-256."""
        self.claims.sha256 = _text(sha256, "sha256")
        return self

    def with_ttl(self, ttl: TTL) -> AccessToken:
        """Set the lifetime: seconds, a timedelta, or text such as ``"10m"``; fractions round up.

        Raises:
            TokenError: if it is not above zero.
        """
        self._ttl = parse_ttl(ttl)
        return self

    def with_any_room(self) -> AccessToken:
        """Allow ``room_join`` without ``room``: the holder chooses the room."""
        self._any_room = True
        return self

    @hides_locals
    def to_jwt(self) -> str:
        """Sign the token with its current claims.

        Raises:
            TokenError: if it allows joining but has no identity or no room, or if a grant has a
                value of the wrong type.
        """
        claims = self.claims
        payload = claims.asdict()
        self._check_join()
        if claims.room_config_json is not None and not self._allow_sensitive:
            refuse_sensitive_fields(claims.room_config_json)
        return sign_claims(self.api_key, self._api_secret, payload, self._ttl, self._clock())

    def _check_join(self) -> None:
        video = self.claims.video
        if video is None or not video.room_join:
            return
        if not self.claims.identity:
            raise TokenError("room_join needs an identity: call with_identity")
        if not video.room and not self._any_room:
            raise TokenError(
                "room_join without room would let the holder join every room: "
                "set room, or pass allow_any_room=True"
            )


@hides_locals
def sign_claims(
    api_key: str, api_secret: str, claims: Mapping[str, Any], ttl: float, now: float
) -> str:
    """Sign claims that need no checks, such as those of a method's row.

    Issuer and times are added to them; ``ttl`` is in seconds, ``now`` in unix seconds.
    """
    start = int(now)
    stamped = {
        **claims,
        "iss": api_key,
        "iat": start,
        "nbf": start,
        "exp": start + whole_seconds(ttl),
    }
    return sign(stamped, api_secret)


def _text(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    raise TokenError(f"{what} must be a string, not {type(value).__name__}")


def _copied(grants: G, kind: type[G]) -> G:
    if not isinstance(cast("object", grants), kind):
        raise TokenError(f"expected {kind.__name__}, not {type(grants).__name__}")
    return grants.copied()
