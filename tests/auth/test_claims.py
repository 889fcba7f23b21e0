"""What the claims of a token show of themselves, and when two are equal."""

from __future__ import annotations

from lkapi.auth.claims import read_claims

PAYLOAD = {
    "iss": "devkey",
    "sub": "ann",
    "exp": 1_800_000_000,
    "video": {"room": "demo", "roomJoin": True},
    "roomConfig": {"name": "demo", "metadata": "not-a-real-secret"},
    "custom": "not-a-real-secret",
}


def test_a_room_configuration_and_unknown_claims_are_not_shown() -> None:
    """They may hold credentials of a storage."""
    claims = read_claims(PAYLOAD)
    assert claims.raw["custom"] == "not-a-real-secret"
    assert "demo" in repr(claims)
    assert "not-a-real-secret" not in repr(claims)


def test_claims_are_equal_by_what_they_mean() -> None:
    """Unknown claims make no difference, known ones do."""
    claims = read_claims(PAYLOAD)
    assert claims == read_claims({**PAYLOAD, "custom": "other"})
    assert claims != read_claims({**PAYLOAD, "sub": "bob"})
    assert claims != read_claims({**PAYLOAD, "roomConfig": {"name": "demo"}})


def test_null_reads_as_absent() -> None:
    """For every claim; some issuers write all of them."""
    known = ("name", "kind", "metadata", "sha256", "roomPreset", "roomConfig", "attributes",
             "kindDetails", "video", "sip", "agent", "inference", "jti", "nbf")  # fmt: skip
    nulls = dict.fromkeys(known)
    assert read_claims({"iss": "devkey", **nulls}) == read_claims({"iss": "devkey"})
