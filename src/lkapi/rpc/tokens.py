"""The access tokens of API calls: valid for minutes, with the grants of one call, cached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from lkapi.settings import APIKey, BearerToken, Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.methods.info import Needs

LIFETIME: Final = 600.0
"""Lifetime of an API token in seconds; it is replaced after half of that."""
_BACKDATED: Final = 10
"""``nbf`` is so many seconds in the past, for servers whose clock is behind."""
_CAPACITY: Final = 4096


class TokenSource:
    """Makes the ``Authorization`` header of a call."""

    __slots__ = ("_cache", "_credentials", "_now")

    def __init__(self, credentials: Credentials, now: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._now = now
        self._cache: dict[
            object, tuple[str, float]
        ] = {}  # by claims, which hash without Python code

    def authorization(self, needs: Needs, timeout: float) -> str:
        """``Bearer …`` with a token that is valid for longer than a call of so many seconds."""
        credentials = self._credentials
        if isinstance(credentials, BearerToken):
            return f"Bearer {credentials.token}"
        now = self._now()
        kept = self._cache.get(needs.claims)
        if kept is not None and kept[1] - now > max(LIFETIME / 2, timeout + 60):
            return kept[0]
        return self._mint(credentials, needs, now, timeout)

    def _mint(self, key: APIKey, needs: Needs, now: float, timeout: float) -> str:
        from lkapi.auth.jws import sign

        expires = int(now + max(LIFETIME, 2 * (timeout + 60)))
        claims: dict[str, object] = {
            "iss": key.key,
            "nbf": int(now) - _BACKDATED,
            "exp": expires,
            **needs.as_claims(),
        }
        header = f"Bearer {sign(claims, key.secret)}"
        if len(self._cache) >= _CAPACITY:
            self._cache.clear()
        self._cache[needs.claims] = (header, expires)
        return header
