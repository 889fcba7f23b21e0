"""The errors of the server in its own words, each written once.

Errors from inside the server have the prefix ``twirp error unknown: ``, those of the API's edge do
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
    "inner_error",
    "limit_exceeded",
    "missing_grant",
    "no_response",
    "not_implemented",
    "participant_not_found",
    "request_canceled",
    "room_not_found",
]

_PREFIX = "twirp error unknown: "


class JoinRefused(LiveKitError):  # noqa: N818 - named for what happened to the caller
    """A participant could not join; status and text are those of the HTTP response."""

    status: int
    text: str
    """Body of the response; it repeats an invalid token, as the real server does."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, mask_tokens(text))
        self.status = status
        self.text = text

    def __str__(self) -> str:
        return f"HTTP {self.status}: {mask_tokens(self.text)}"

    def __reduce__(self) -> tuple[type[JoinRefused], tuple[int, str]]:
        return JoinRefused, (self.status, self.text)


def inner_error(kind: type[APIError], code: str, message: str) -> APIError:
    """An error from inside the server."""
    return kind(code, _PREFIX + message)


def room_not_found() -> APIError:
    """The room does not exist, as the server has checked."""
    return inner_error(NotFoundError, "not_found", "requested room does not exist")


def participant_not_found() -> APIError:
    """The participant does not exist, as the server has checked."""
    return inner_error(NotFoundError, "not_found", "participant does not exist")


def no_response() -> APIError:
    """No node owns the room or participant, or no worker serves the request."""
    return inner_error(UnavailableError, "unavailable", "no response from servers")


def request_canceled() -> APIError:
    """The deadline of ``X-Twirp-Timeout-Ms`` passed during a wait."""
    return inner_error(CanceledError, "canceled", "request canceled")


def not_implemented() -> APIError:
    """The error of a self-hosted server for Move and Forward."""
    return inner_error(UnknownError, "unknown", "not implemented")


def missing_grant() -> APIError:
    """A valid token without the grant, or no token; the real server does not use 403 for this."""
    return UnauthenticatedError("unauthenticated", "permissions denied")


def limit_exceeded(what: str, limit: int) -> APIError:
    """A value is too long; ``meta.argument`` is a sentence, as recorded."""
    sentence = f"{what} exceeds limits"
    return InvalidArgumentError(
        "invalid_argument", f"{sentence} {limit}", metadata={"argument": sentence}
    )


def same_room() -> APIError:
    """Source and destination of Move or Forward are one room."""
    sentence = "destination room cannot be the same as source room"
    return InvalidArgumentError("invalid_argument", f"{sentence} ", metadata={"argument": sentence})


def unmute_not_enabled() -> APIError:
    """Unmuting another participant's track is disabled unless the operator enables it."""
    return inner_error(FailedPreconditionError, "failed_precondition", "remote unmute not enabled")


def publish_not_permitted(what: str) -> APIError:
    """The participant's permission does not cover this track."""
    return PermissionDeniedError("permission_denied", f"this participant may not publish {what}")
