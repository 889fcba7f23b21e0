"""How the server words its refusals, so that each is written once.

Errors from inside the server carry the prefix ``twirp error unknown: ``, those of the API's edge do
not (recorded behaviour 5).
"""

from __future__ import annotations

from lkapi.errors import (
    APIError,
    CanceledError,
    FailedPreconditionError,
    InvalidArgumentError,
    LiveKitError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
    UnknownError,
    mask_tokens,
)

__all__ = [
    "JoinRefused",
    "inner",
    "no_grant",
    "no_participant",
    "no_response",
    "no_room",
    "not_implemented",
    "over_limit",
    "timed_out",
]

_PREFIX = "twirp error unknown: "


class JoinRefused(LiveKitError):  # noqa: N818 - what happened, as the caller sees it
    """A participant was not let in; status and text are what its connection was answered."""

    status: int
    text: str
    """Body of the answer; after a bad token it repeats that token, as the real server does."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, mask_tokens(text))
        self.status = status
        self.text = text

    def __str__(self) -> str:
        return f"HTTP {self.status}: {mask_tokens(self.text)}"

    def __reduce__(self) -> tuple[type[JoinRefused], tuple[int, str]]:
        return JoinRefused, (self.status, self.text)


def inner(kind: type[APIError], code: str, message: str) -> APIError:
    """An error from behind the API's edge."""
    return kind(code, _PREFIX + message)


def no_room() -> APIError:
    """The room does not exist, and the server looked."""
    return inner(NotFoundError, "not_found", "requested room does not exist")


def no_participant() -> APIError:
    """The participant does not exist, and the server looked."""
    return inner(NotFoundError, "not_found", "participant does not exist")


def no_response() -> APIError:
    """Nobody owns the room or participant, or no worker serves the request."""
    return inner(UnavailableError, "unavailable", "no response from servers")


def timed_out() -> APIError:
    """The deadline of ``X-Twirp-Timeout-Ms`` passed during a wait."""
    return inner(CanceledError, "canceled", "request canceled")


def not_implemented() -> APIError:
    """What a self-hosted server says to Move and Forward."""
    return inner(UnknownError, "unknown", "not implemented")


def no_grant() -> APIError:
    """A good token without the grant, or no token; the real server does not use 403 for this."""
    return UnauthenticatedError("unauthenticated", "permissions denied")


def over_limit(what: str, limit: int) -> APIError:
    """A value is too long; ``meta.argument`` holds a sentence, as recorded."""
    sentence = f"{what} exceeds limits"
    return InvalidArgumentError(
        "invalid_argument", f"{sentence} {limit}", metadata={"argument": sentence}
    )


def same_room() -> APIError:
    """Source and destination of Move or Forward are one room."""
    sentence = "destination room cannot be the same as source room"
    return InvalidArgumentError("invalid_argument", f"{sentence} ", metadata={"argument": sentence})


def cannot_unmute() -> APIError:
    """Unmuting another's track is off unless the operator switched it on."""
    return inner(FailedPreconditionError, "failed_precondition", "remote unmute not enabled")


def may_not_publish(what: str) -> APIError:
    """The participant's permission does not cover this track."""
    return PermissionDeniedError("permission_denied", f"this participant may not publish {what}")
