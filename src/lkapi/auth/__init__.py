"""Access tokens: grants, signing, verification.

Importing this package loads neither messages nor an HTTP library.
"""

from __future__ import annotations

from lkapi.auth.access_token import AccessToken, sign_claims
from lkapi.auth.claims import Claims
from lkapi.auth.enums import KindDetail, ParticipantKind, TrackSource
from lkapi.auth.grants import (
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    InferenceGrants,
    ObservabilityGrants,
    Permissions,
    SIPGrants,
    VideoGrants,
)
from lkapi.auth.keys import KeyLookup, Keys
from lkapi.auth.sensitive_fields import find_sensitive_fields, refuse_sensitive_fields
from lkapi.auth.ttl import TTL, parse_ttl
from lkapi.auth.verifier import TokenVerifier, unverified

__all__ = [
    "TTL",
    "AccessToken",
    "AgentEndpointGrants",
    "AgentGrants",
    "AgentThreadGrants",
    "Claims",
    "InferenceGrants",
    "KeyLookup",
    "Keys",
    "KindDetail",
    "ObservabilityGrants",
    "ParticipantKind",
    "Permissions",
    "SIPGrants",
    "TokenVerifier",
    "TrackSource",
    "VideoGrants",
    "find_sensitive_fields",
    "parse_ttl",
    "refuse_sensitive_fields",
    "sign_claims",
    "unverified",
]
