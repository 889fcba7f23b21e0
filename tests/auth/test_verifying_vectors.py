"""The verifier against tokens of three SDKs, and against tokens that must not pass."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lkapi.auth import TokenVerifier, sign_claims
from lkapi.auth.jws import sign
from lkapi.errors import (
    InvalidTokenError,
    TokenExpiredError,
    TokenNotYetValidError,
    TokenSignatureError,
    UnknownAPIKeyError,
)
from lkapi.protocol.models import TrackSource
from tests.auth.recorded_tokens import KEY, SECRET, load

VALID = load("signed_valid")
REFUSE = load("signed_refuse")
TOLERANCE = load("clock_tolerance")

POLICY_ACCEPTED = {"iat_future", "duplicate_claims"}
"""Of the 17 choices, those that README-codec recommends to let pass (V4, V15)."""

SPECIFIC = {
    "wrong_secret": TokenSignatureError,
    "empty_secret": TokenSignatureError,
    "secret_trailing_newline": TokenSignatureError,
    "other_issuer_same_secret": UnknownAPIKeyError,
    "other_key_and_secret": UnknownAPIKeyError,
    "iss_case": UnknownAPIKeyError,
    "expired": TokenExpiredError,
    "nbf_future": TokenNotYetValidError,
    "tampered_identity": TokenSignatureError,
    "tampered_grant": TokenSignatureError,
    "tampered_signature_bit": TokenSignatureError,
    "signature_last_bits": TokenSignatureError,
    "signature_of_other_token": TokenSignatureError,
    "signature_truncated": TokenSignatureError,
    "signature_extended": TokenSignatureError,
    "header_swapped": TokenSignatureError,
    "jwk_header": TokenSignatureError,
    "huge_unsigned": TokenSignatureError,
    "alg_rs256_confusion_pem": TokenSignatureError,
}


def verifier(at: float = VALID["verify_at"]) -> TokenVerifier:
    return TokenVerifier(KEY, SECRET, clock=lambda: at)


def by_name(vectors: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{vector['name']}": vector for vector in vectors["tokens"]}


@pytest.mark.parametrize("vector", VALID["tokens"], ids=lambda vector: vector["name"])
def test_good_tokens_are_accepted(vector: dict[str, Any]) -> None:
    """Tokens of Go, Node and Python give the identity and the permissions that a server derives."""
    claims = verifier().verify(vector["token"])
    assert claims.identity == vector.get("identity", "")
    assert dict(claims.raw) == vector["claims"]
    wanted = vector.get("effective_permission")
    if wanted is not None:
        assert claims.video is not None
        held = claims.video.permissions()
        assert {
            "canSubscribe": held.can_subscribe,
            "canPublish": held.can_publish,
            "canPublishData": held.can_publish_data,
            "canPublishSources": [TrackSource[s.upper()].name for s in held.can_publish_sources],
            "hidden": held.hidden,
            "recorder": held.recorder,
            "canUpdateMetadata": held.can_update_metadata,
            "agent": held.agent,
            "canSubscribeMetrics": held.can_subscribe_metrics,
            "canManageAgentSession": held.can_manage_agent_session,
        } == wanted


REFUSED = [v for v in REFUSE["tokens"] if v["name"] not in POLICY_ACCEPTED]


@pytest.mark.parametrize("vector", REFUSED, ids=lambda vector: vector["name"])
def test_bad_tokens_are_refused(vector: dict[str, Any]) -> None:
    """Each bad token raises an InvalidTokenError, of the right class where there is one."""
    with pytest.raises(InvalidTokenError) as caught:
        verifier(REFUSE["verify_at"]).verify(vector["token"])
    assert type(caught.value) is SPECIFIC.get(vector["name"], InvalidTokenError)
    for segment in vector["token"].split("."):
        assert len(segment) < 10 or segment not in str(caught.value)


@pytest.mark.parametrize("name", sorted(POLICY_ACCEPTED))
def test_harmless_oddities_pass(name: str) -> None:
    """A future ``iat`` and duplicate claims (the last counts) pass, as recommended."""
    claims = verifier().verify(by_name(REFUSE)[name]["token"])
    assert claims.iss == KEY
    if name == "duplicate_claims":
        assert claims.identity == "b"


@pytest.mark.parametrize("case", TOLERANCE["cases"], ids=lambda case: case["name"])
def test_clock_tolerance_is_that_of_the_server(case: dict[str, Any]) -> None:
    """60 s of leeway both ways, and none asked of ``iat``: the verdicts of Go."""
    now, (what, seconds) = 1_900_000_000, case["name"].split(".")
    claims = {"iss": KEY, "exp": now + 600}
    claims |= {what.split("_")[0]: now + int(seconds) * (-1 if what == "exp_ago" else 1)}
    token = sign(claims, SECRET)
    if case["accepts"]["go"]:
        assert verifier(now).verify(token).iss == KEY
    else:
        with pytest.raises((TokenExpiredError, TokenNotYetValidError)):
            verifier(now).verify(token)


def test_counts_of_verifying_vectors() -> None:
    """55 good tokens, 62 that must be refused, 17 choices of which 15 are refused."""
    levels = Counter(vector["level"] for vector in REFUSE["tokens"])
    print(f"verifying vectors: {len(VALID['tokens'])} good, {dict(levels)}")
    print(f"clock tolerance: {len(TOLERANCE['cases'])} cases")
    assert len(VALID["tokens"]) == 55
    assert levels == {"must": 62, "policy": 17}
    assert len(REFUSED) == 77


def test_signing_for_calls_verifies() -> None:
    """The fast path of the clients makes ordinary tokens."""
    token = sign_claims(KEY, SECRET, {"video": {"roomList": True}}, ttl=600, now=1_000.7)
    claims = verifier(1_000).verify(token)
    assert (claims.nbf, claims.iat, claims.exp) == (1_000, 1_000, 1_600)
    assert claims.video is not None
    assert claims.video.room_list is True
