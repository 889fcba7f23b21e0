"""Minting a join token, and receiving a webhook of 3.4 KB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit import api as theirs

from benchmarks.harness import Row, paired
from lkapi import auth as ours

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"


def mint_theirs() -> str:
    grants = theirs.VideoGrants(room_join=True, room="demo")
    return theirs.AccessToken(KEY, SECRET).with_identity("ann").with_grants(grants).to_jwt()


def mint_ours() -> str:
    grants = ours.VideoGrants(room_join=True, room="demo")
    return ours.AccessToken(KEY, SECRET).with_identity("ann").with_grants(grants).to_jwt()


def rows() -> Iterator[Row]:
    """Time the token path."""
    yield paired("mint a join token", ours=mint_ours, theirs=mint_theirs, bar=0.5, reach=0.35)
    token = mint_ours()
    yield paired(
        "verify a join token",
        ours=lambda: ours.TokenVerifier(KEY, SECRET).verify(token),
        theirs=lambda: theirs.TokenVerifier(KEY, SECRET).verify(token),
        bar=0.75,
    )
