"""One-time tokens of the printed address, and the sessions that they open."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Session", "Sessions"]

_MAX_SESSIONS: Final = 200
_BYTES: Final = 24


@attrs.define(kw_only=True)
class Session:
    """One browser."""

    key: str = attrs.field(repr=False)
    csrf: str = attrs.field(repr=False)
    """Sent along with each change."""
    user: str = ""
    """The user's name from a reverse proxy."""


class Sessions:
    """The sessions of a console, and the token of the address that lets the next browser in.

    Args:
        announce: called with the next token each time one was used.
    """

    def __init__(self, announce: Callable[[str], None] | None = None) -> None:
        self._announce = announce
        self._sessions: dict[str, Session] = {}
        self.token = secrets.token_urlsafe(_BYTES)

    def enter(self, token: str) -> Session | None:
        """A session for the token, which is valid once; None for any other text."""
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            return None
        self.token = secrets.token_urlsafe(_BYTES)
        if self._announce is not None:
            self._announce(self.token)
        return self.open()

    def open(self, user: str = "") -> Session:
        """A new session; the oldest one ends when there are too many."""
        session = Session(
            key=secrets.token_urlsafe(_BYTES), csrf=secrets.token_urlsafe(_BYTES), user=user
        )
        self._sessions[session.key] = session
        while len(self._sessions) > _MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session

    def of_user(self, user: str) -> Session:
        """The session of a user whom a reverse proxy names; it needs no cookie."""
        found = next((one for one in self._sessions.values() if one.user == user), None)
        return found or self.open(user)

    def find(self, key: str) -> Session | None:
        """The session of a cookie."""
        return self._sessions.get(key)

    def end(self, session: Session) -> None:
        """Log out."""
        self._sessions.pop(session.key, None)
