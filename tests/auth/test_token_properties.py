"""Properties of tokens: round trips, an independent oracle, and what changes do."""

from __future__ import annotations

import string
from typing import Any

import jwt
import pytest
from hypothesis import given, settings, strategies as st

from lkapi.auth import AccessToken, TokenVerifier, TrackSource, VideoGrants
from lkapi.errors import InvalidTokenError

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
VERIFIER = TokenVerifier(KEY, SECRET, clock=lambda: 1_000.0)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FLAG = st.sampled_from([None, True, False])

GRANTS = st.builds(
    VideoGrants,
    room_create=FLAG,
    room_admin=FLAG,
    room=TEXT,
    can_publish=FLAG,
    can_subscribe=FLAG,
    can_publish_data=FLAG,
    can_publish_sources=st.none() | st.lists(st.sampled_from(TrackSource), min_size=1, max_size=4),
    can_update_own_metadata=FLAG,
    can_manage_agent_session=FLAG,
)
ATTRIBUTES = st.dictionaries(TEXT, TEXT, max_size=4)


def plain(grants: VideoGrants) -> VideoGrants:
    """As read back: a plain false of two states is unset."""
    return VideoGrants(
        **{
            name: None if value is False and name.startswith("room_") else value
            for name, value in ((field, getattr(grants, field)) for field, _ in grants.claim_names)
        }
    )


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT, TEXT, ATTRIBUTES, GRANTS)
def test_what_is_minted_is_read_back(
    identity: str, name: str, metadata: str, attributes: dict[str, str], grants: VideoGrants
) -> None:
    """Minting and verifying give back the same identity, texts, attributes and grants."""
    token = AccessToken(
        KEY, SECRET, identity=identity, name=name, metadata=metadata, attributes=attributes,
        video=grants, clock=lambda: 1_000.0,
    )  # fmt: skip
    claims = VERIFIER.verify(token.to_jwt())
    assert (claims.identity, claims.name, claims.metadata) == (identity, name, metadata)
    assert (claims.attributes or {}) == attributes
    assert claims.video == plain(grants)
    assert claims.video.permissions() == grants.permissions()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(string.ascii_letters, max_size=8), JSON, max_size=5))
def test_pyjwt_agrees(extra: dict[str, Any]) -> None:
    """PyJWT reads what lkapi signs, and lkapi what PyJWT signs."""
    from lkapi.auth.jws import sign, split

    payload = {**extra, "iss": KEY, "exp": 4_000_000_000}
    unchecked = {"verify_aud": False, "verify_iat": False, "verify_sub": False, "verify_jti": False}
    unchecked["verify_nbf"] = False
    ours = sign(payload, SECRET)
    assert jwt.decode(ours, SECRET, algorithms=["HS256"], options=unchecked) == payload
    theirs = jwt.PyJWS().encode(jwt.PyJWT()._encode_payload(payload), SECRET)
    parts = split(theirs)
    assert parts.payload == payload
    assert parts.is_signed_with(SECRET)
    assert not parts.is_signed_with(SECRET + "x")


TOKEN = AccessToken(KEY, SECRET, identity="ann", ttl=600, clock=lambda: 1_000.0).to_jwt()


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(TOKEN) - 1),
    st.sampled_from(string.ascii_letters + string.digits + "-_.= \n"),
)
def test_each_changed_character_is_refused(position: int, character: str) -> None:
    """No character of a token can be replaced by another."""
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed == TOKEN:
        assert VERIFIER.verify(changed).identity == "ann"
        return
    with pytest.raises(InvalidTokenError):
        VERIFIER.verify(changed)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=80), st.from_regex(r"[\w-]{1,40}\.[\w-]{1,40}\.[\w-]{1,40}")))
def test_garbage_raises_nothing_else(garbage: str) -> None:
    """Whatever is passed, only an InvalidTokenError comes of it."""
    with pytest.raises(InvalidTokenError):
        VERIFIER.verify(garbage)
