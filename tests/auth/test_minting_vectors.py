"""What lkapi mints from the recorded inputs, compared with what the Go SDK mints."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.auth import unverified
from lkapi.errors import SensitiveCredentialsError, TokenError
from lkapi.protocol.room import RoomConfiguration
from tests.auth.recorded_tokens import KEY, SECRET, build, minting_cases

CASES = {case["name"]: case for case in minting_cases()}

REFUSED = {
    "join_without_identity": "M4",
    "empty_identity": "M4",
    "join_without_room": "M5",
    "join_empty_room": "M5",
    "ttl.zero": "M6",
    "ttl.negative": "M7",
    "video.canPublishSources.unknown": "M11",
}
"""Inputs that Go mints and lkapi refuses, by the recommendation that says so."""

SECRETS_REFUSED = {
    "roomConfig.egress_s3_secret": "egress.tracks.s3.secret",
    "roomConfig.egress_gcp_credentials": "egress.participant.file_outputs[0].gcp.credentials",
    "roomConfig.egress_azure_key": "egress.room.segment_outputs[0].azure.account_key",
    "roomConfig.egress_alioss_secret": "egress.room.file_outputs[0].aliOSS.secret",
    "roomConfig.egress_image_s3_secret": "egress.room.image_outputs[0].s3.secret",
    "roomConfig.egress_stream_key": "egress.room.stream_outputs[0].urls",
    "roomConfig.egress_webhook_signing_key": "egress.room.webhooks[0].signing_key",
}
"""Inputs that hold a secret, with the path that the error names (M9)."""

MINTED = sorted(set(CASES) - set(REFUSED) - set(SECRETS_REFUSED))


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """Go's claims, without the identity that it repeats; for ``AGENT`` what M12 recommends."""
    if case["name"] == "kind.upper_case":
        return {**CASES["kind.agent"]["go"]["claims"], "identity": None}
    return case["go"]["claims"]


def comparable(claims: dict[str, Any]) -> dict[str, Any]:
    held = {name: value for name, value in claims.items() if name != "identity"}
    if "roomConfig" in held:
        held["roomConfig"] = RoomConfiguration.from_dict(held["roomConfig"], strict=True)
    return held


@pytest.mark.parametrize("name", MINTED)
def test_claims_are_those_of_go(name: str) -> None:
    """Every input that is not refused gives the claims, and the header, of the reference."""
    case = CASES[name]
    token = build(case["input"]).to_jwt()
    assert comparable(dict(unverified(token).raw)) == comparable(expected(case))
    assert token.startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_dangerous_inputs_are_refused(name: str) -> None:
    """Inputs that other SDKs mint, though the token would be useless or too wide, are refused."""
    with pytest.raises(TokenError):
        build(CASES[name]["input"]).to_jwt()


@pytest.mark.parametrize("name", sorted(SECRETS_REFUSED))
def test_secrets_in_room_config_are_refused(name: str) -> None:
    """The error names the path of the secret, and never its value."""
    with pytest.raises(SensitiveCredentialsError) as caught:
        build(CASES[name]["input"])
    assert SECRETS_REFUSED[name] in str(caught.value)
    for value in ("'SK'", "APIother", "live.example.com", "{}"):
        assert value not in str(caught.value)


@pytest.mark.parametrize("name", sorted(SECRETS_REFUSED))
def test_secrets_pass_when_allowed(name: str) -> None:
    """The explicit opt-in signs the configuration unchanged."""
    case = CASES[name]
    token = build(case["input"], allow_sensitive_credentials=True)
    signed = RoomConfiguration.from_dict(dict(unverified(token.to_jwt()).raw)["roomConfig"])
    assert signed == RoomConfiguration.from_dict(case["input"]["roomConfig"], strict=True)


@pytest.mark.parametrize("name", ["join_without_room", "join_empty_room"])
def test_join_without_room_passes_when_allowed(name: str) -> None:
    """With the opt-in, a join token without room is what Go mints."""
    case = CASES[name]
    token = build(case["input"], allow_any_room=True).to_jwt()
    assert comparable(dict(unverified(token).raw)) == comparable(case["go"]["claims"])


def test_counts_of_minting_vectors() -> None:
    """All 137 recorded inputs are covered: 123 minted, 14 refused."""
    print(f"minting vectors: {len(MINTED)} minted, {len(CASES) - len(MINTED)} refused")
    assert (len(CASES), len(MINTED)) == (137, 123)
    assert KEY
    assert SECRET
