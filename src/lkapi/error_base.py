"""What every error of lkapi is made of: its root, the attempts it lists, and masking of tokens."""

from __future__ import annotations

import re
from typing import Any

import attrs

_JWT = re.compile(r"[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_=-]*")
_BEARER = re.compile(r"(?i)\b(bearer)\s+[^\s\"'<>,;]+")


def mask_tokens(text: str) -> str:
    """Replace everything in a text that looks like a bearer token or a JWT."""
    return _JWT.sub("[token]", _BEARER.sub(r"\1 [token]", text))


@attrs.frozen
class Attempt:
    """One try of a call, as an error or a recorded call lists it."""

    origin: str
    """Scheme, host and port that was asked."""
    outcome: str
    """What came of it, for people: ``HTTP 503 unavailable`` or ``timed out``."""
    elapsed: float
    """Seconds from the start of this attempt to its outcome."""

    def __str__(self) -> str:
        return f"{self.origin}: {self.outcome} after {self.elapsed:.2f} s"


def list_attempts(attempts: tuple[Attempt, ...]) -> str:
    """The attempts, one a line, if there was more than one."""
    if len(attempts) < 2:
        return ""
    return "".join(f"\n  {number}. {attempt}" for number, attempt in enumerate(attempts, 1))


def _rebuild(
    kind: type[LiveKitError], args: tuple[object, ...], state: dict[str, object]
) -> LiveKitError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class LiveKitError(Exception):
    """The base of everything that lkapi raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))
