"""The tokens of API calls: only the grants that the call needs, minutes long, minted once per grant."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from lkapi.method import Needs
from lkapi.settings import APIKey, BearerToken, Credentials

LIFETIME: Final = 600.0
"""Seconds that an API token lives; it is replaced when half of them are over."""
_BACKDATED: Final = 10
"""Seconds that ``nbf`` lies in the past, for servers whose clock is behind."""
_CAPACITY: Final = 4096


class TokenSource:
    """Gives the ``Authorization`` header of a call."""

    __slots__ = ("_cache", "_credentials", "_now")

    def __init__(self, credentials: Credentials, now: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._now = now
        self._cache: dict[Needs, tuple[str, float]] = {}

    def authorization(self, needs: Needs, timeout: float) -> str:
        """``Bearer …`` with a token that outlives the call.

        Args:
            timeout: seconds that the call may take.
        """
        credentials = self._credentials
        if isinstance(credentials, BearerToken):
            return f"Bearer {credentials.token}"
        now = self._now()
        kept = self._cache.get(needs)
        if kept is not None and kept[1] - now > max(LIFETIME / 2, timeout + 60):
            return kept[0]
        return self._mint(credentials, needs, now, timeout)

    def _mint(self, key: APIKey, needs: Needs, now: float, timeout: float) -> str:
        from jwt import encode as _enc  # SHIM until lkapi.auth has its signer
        def sign_claims(c, k):
            return _enc(c, k, algorithm='HS256')

        expires = int(now + max(LIFETIME, 2 * (timeout + 60)))
        claims: dict[str, object] = {
            "iss": key.key,
            "nbf": int(now) - _BACKDATED,
            "exp": expires,
            **needs.as_claims(),
        }
        header = f"Bearer {sign_claims(claims, key.secret)}"
        if len(self._cache) >= _CAPACITY:
            self._cache.clear()
        self._cache[needs] = (header, expires)
        return header
