"""The token vectors, and the way from their neutral inputs to lkapi's builder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lkapi.auth import (
    AccessToken,
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    VideoGrants,
)

FOLDER = Path(__file__).parent.parent / "vectors" / "tokens"
MINTING_FILES = ("identity_and_misc", "video_grants", "service_grants", "room_config")
KEY = "APIvectors1"
SECRET = "vectors-secret-0123456789abcdef-XYZ"

GROUPS = {
    "video": VideoGrants,
    "sip": SIPGrants,
    "agent": AgentGrants,
    "agentEndpoint": AgentEndpointGrants,
    "agentThread": AgentThreadGrants,
    "inference": InferenceGrants,
    "observability": ObservabilityGrants,
}


def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


def minting_cases() -> list[dict[str, Any]]:
    return [case for name in MINTING_FILES for case in load(name)["cases"]]


def snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def build(given: dict[str, Any], **options: Any) -> AccessToken:
    """Make the token that a vector's input describes."""
    members = dict(given)
    allow = members.pop("allowSensitiveCredentials", False)
    token = AccessToken(
        KEY, SECRET, clock=lambda: 0.0, **{"allow_sensitive_credentials": allow, **options}
    )
    for name, value in members.items():
        if name == "ttl_seconds":
            token.with_ttl(value)
        elif name in GROUPS:
            grants = GROUPS[name](**{snake(member): flag for member, flag in value.items()})
            suffix = "" if name == "video" else f"{snake(name)}_"
            getattr(token, f"with_{suffix}grants")(grants)
        else:
            getattr(token, f"with_{snake(name)}")(value)
    return token
