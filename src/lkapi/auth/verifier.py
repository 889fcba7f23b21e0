"""Verification of access tokens."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from lkapi.auth.claims import Claims, read_claims
from lkapi.auth.jws import split
from lkapi.auth.keys import Keys, find_secrets, make_lookup
from lkapi.errors import (
    InvalidTokenError,
    SettingsError,
    TokenExpiredError,
    TokenNotYetValidError,
    TokenSignatureError,
)
from lkapi.errors.base import hides_locals

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.auth.jws import UnverifiedToken

__all__ = ["TokenVerifier", "unverified"]


class TokenVerifier:
    """Verifies access tokens: signature, issuer, time.

    Only HS256 is accepted, ``exp`` is required, ``iat`` and ``aud`` are not checked.
    """

    __slots__ = ("_clock", "_leeway", "_lookup")

    @hides_locals
    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        keys: Keys | None = None,
        leeway: float | timedelta = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use one API key, several keys, or by default the key from the environment.

        ``keys`` maps API keys to secrets, or is a function from an API key to its secret. A list
        of secrets is tried in order, for use while one secret replaces another. ``leeway`` is
        how many seconds clocks may differ: 60, as the server allows. ``clock`` returns unix time.

        Raises:
            SettingsError: if key or secret is missing.
        """
        seconds = leeway.total_seconds() if isinstance(leeway, timedelta) else leeway
        if not 0 <= seconds < float("inf"):
            raise SettingsError(f"leeway must be zero or more seconds, not {leeway!r}")
        self._lookup = make_lookup(api_key, api_secret, keys)
        self._leeway = seconds
        self._clock = clock

    @hides_locals
    def verify(self, token: str, *, verify_signature: bool = True) -> Claims:
        """Verify a token and return its claims.

        Args:
            token: the token alone, without ``Bearer``.
            verify_signature: False reads the claims without any check, as `unverified` does; it
                exists for code written for livekit-api.

        Raises:
            InvalidTokenError: if the token is not valid; the subclass says why.
        """
        if not verify_signature:
            return unverified(token)
        parts = split(_as_text(token))
        self._check_signature(parts)
        claims = read_claims(parts.payload)
        self._check_time(claims)
        return claims

    def _check_signature(self, parts: UnverifiedToken) -> None:
        issuer = parts.payload.get("iss")
        if not isinstance(issuer, str) or not issuer:
            raise InvalidTokenError("the token does not say which API key signed it (iss)")
        secrets = find_secrets(self._lookup, issuer)
        if not any(parts.is_signed_with(secret) for secret in secrets):
            raise TokenSignatureError(
                f"the signature was not made with the secret of API key {issuer!r}"
            )

    def _check_time(self, claims: Claims) -> None:
        now = self._clock()
        if not claims.exp or claims.exp < 0:
            raise InvalidTokenError("the token has no expiry time (exp)")
        if now >= claims.exp + self._leeway:
            raise TokenExpiredError(f"the token expired {now - claims.exp:.0f} s ago")
        if claims.nbf is not None and claims.nbf - self._leeway > now:
            raise TokenNotYetValidError(
                f"the token is not valid yet: it becomes valid in {claims.nbf - now:.0f} s"
            )


@hides_locals
def unverified(token: str) -> Claims:
    """Read the claims of a token without verifying it, for inspection only.

    Raises:
        InvalidTokenError: if it does not have the form of a token, or a claim has the wrong type.
    """
    return read_claims(split(_as_text(token), any_algorithm=True).payload)


def _as_text(token: object) -> str:
    if isinstance(token, bytes):
        token = token.decode("ascii", "replace")
    if isinstance(token, str):
        return token
    raise InvalidTokenError(f"a token must be a string, not {type(token).__name__}")
