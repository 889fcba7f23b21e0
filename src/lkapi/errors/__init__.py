"""Every exception that lkapi raises, and the tables between Twirp codes, HTTP statuses and classes.

::

    LiveKitError
    ├── APIError                        (aliases ServerError, TwirpError) sent by the server
    │   ├── CanceledError               canceled
    │   ├── UnknownError                unknown
    │   ├── InvalidArgumentError        invalid_argument
    │   ├── MalformedError              malformed
    │   ├── DeadlineExceededError       deadline_exceeded   (also a TimeoutError)
    │   ├── NotFoundError               not_found
    │   ├── BadRouteError               bad_route
    │   ├── AlreadyExistsError          already_exists
    │   ├── CredentialsError
    │   │   ├── PermissionDeniedError   permission_denied
    │   │   │   └── PlanError           the LiveKit Cloud plan does not include it
    │   │   └── UnauthenticatedError    unauthenticated
    │   ├── ResourceExhaustedError      resource_exhausted
    │   ├── FailedPreconditionError     failed_precondition
    │   ├── AbortedError                aborted
    │   ├── OutOfRangeError             out_of_range
    │   ├── UnimplementedError          unimplemented
    │   ├── InternalError               internal
    │   ├── UnavailableError            unavailable
    │   ├── DataLossError               data_loss
    │   └── SIPCallError                (alias SipCallError) a phone call failed
    ├── TransportError                  no usable response came back
    │   ├── ConnectError                nothing was sent    (also a ConnectionError)
    │   └── RequestTimeoutError         (also a TimeoutError)
    ├── WaitTimeoutError                (also a TimeoutError) an awaited state was not reached
    ├── BulkError                       bulk work did not succeed as a whole
    ├── NotStartedError                 an item of bulk work was not started
    ├── DecodeError                     bytes or JSON are not the expected message
    ├── TokenError                      (also a ValueError) a token cannot be made or is not valid
    │   ├── SensitiveCredentialsError   a secret would have been signed into a participant's token
    │   └── InvalidTokenError           the token was refused
    │       ├── TokenExpiredError
    │       ├── TokenNotYetValidError
    │       ├── TokenSignatureError
    │       └── UnknownAPIKeyError
    ├── WebhookError                    (also a ValueError) a webhook was refused
    │   ├── WebhookTokenError           the Authorization header is missing or not valid
    │   ├── WebhookHashError            the body is not the one that was signed
    │   └── WebhookBodyError            the body, though signed, is not an event
    ├── TokenRefusedError               a token endpoint's policy refused it
    ├── WebhookStoreError               the store of handled webhooks failed
    │   └── WebhookInProgressError      another worker is handling the webhook
    └── SettingsError                   (also a ValueError) invalid url, credentials or options

Each class survives ``pickle`` and ``copy.deepcopy`` with all its fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.errors.api import (
    AbortedError,
    AlreadyExistsError,
    APIError,
    BadRouteError,
    CanceledError,
    CredentialsError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    MalformedError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    PlanError,
    ResourceExhaustedError,
    ServerError,
    ServerErrorCode,
    SIPCallError,
    SipCallError,
    TwirpError,
    TwirpErrorCode,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
    UnknownError,
)
from lkapi.errors.base import Attempt, LiveKitError, ending, mask_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "APIError",
    "AbortedError",
    "AlreadyExistsError",
    "Attempt",
    "BadRouteError",
    "BulkError",
    "CanceledError",
    "ConnectError",
    "CredentialsError",
    "DataLossError",
    "DeadlineExceededError",
    "DecodeError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidTokenError",
    "LiveKitError",
    "MalformedError",
    "NotFoundError",
    "NotStartedError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "PlanError",
    "RequestTimeoutError",
    "ResourceExhaustedError",
    "SIPCallError",
    "SensitiveCredentialsError",
    "ServerError",
    "ServerErrorCode",
    "SettingsError",
    "SipCallError",
    "TokenError",
    "TokenExpiredError",
    "TokenNotYetValidError",
    "TokenRefusedError",
    "TokenSignatureError",
    "TransportError",
    "TwirpError",
    "TwirpErrorCode",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownAPIKeyError",
    "UnknownError",
    "WaitTimeoutError",
    "WebhookBodyError",
    "WebhookError",
    "WebhookHashError",
    "WebhookInProgressError",
    "WebhookStoreError",
    "WebhookTokenError",
    "mask_tokens",
]


class TransportError(LiveKitError):
    """No usable response came back: the connection broke, or the peer did not speak HTTP."""

    sent: bool
    """Whether the server may have seen the request; False means that it certainly has not."""
    method: str
    request_id: str
    attempts: tuple[Attempt, ...]
    hint: str
    """What to check, if that is known; otherwise empty."""

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        method: str = "",
        request_id: str = "",
        attempts: tuple[Attempt, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.method = method
        self.request_id = request_id
        self.attempts = attempts
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.method}: " if self.method else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        return f"{where}{self.args[0]}{request}{ending(self.attempts, self.hint)}"


class ConnectError(TransportError, ConnectionError):
    """No connection could be made, so nothing was sent."""

    def __init__(self, message: str, *, sent: bool = False, **facts: Any) -> None:
        super().__init__(message, sent=sent, **facts)


class RequestTimeoutError(TransportError, TimeoutError):
    """No response came in time; ``sent`` says whether the server may have acted."""


class WaitTimeoutError(LiveKitError, TimeoutError):
    """An awaited state was not reached in time, although no call failed."""

    last: object
    """The awaited object, as the last call returned it."""

    def __init__(self, message: str, *, last: object = None) -> None:
        super().__init__(message)
        self.last = last


class BulkError(LiveKitError):
    """Bulk work did not succeed as a whole; its cause is the first error."""

    results: Any
    """The ``BulkResults`` so far."""

    def __init__(self, message: str, *, results: object = None) -> None:
        super().__init__(message)
        self.results = results


class NotStartedError(LiveKitError):
    """The operation was not started for an item of bulk work, so it has had no effect."""


class DecodeError(LiveKitError):
    """Bytes or JSON are not the expected message."""

    method: str = ""
    """``RoomService/CreateRoom`` when a response could not be read; else empty."""
    request_id: str = ""
    attempts: tuple[Attempt, ...] = ()

    def __str__(self) -> str:
        where = f"{self.method}: " if self.method else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        return f"{where}{super().__str__()}{request}{ending(self.attempts)}"


class TokenError(LiveKitError, ValueError):
    """An access token cannot be made from these arguments, or is not valid."""


class SensitiveCredentialsError(TokenError):
    """A token would have carried storage credentials or stream keys to a participant."""


class InvalidTokenError(TokenError):
    """The token is not valid; the subclass says why, if there is one."""


class TokenExpiredError(InvalidTokenError):
    """The token has expired."""


class TokenNotYetValidError(InvalidTokenError):
    """The token is not valid yet."""


class TokenSignatureError(InvalidTokenError):
    """The signature was not made with the secret of the named key."""


class UnknownAPIKeyError(InvalidTokenError):
    """The token names an API key that the verifier does not have."""


class WebhookError(LiveKitError, ValueError):
    """A webhook was refused."""


class WebhookTokenError(WebhookError):
    """The Authorization header is missing, or its token is not valid."""


class WebhookHashError(WebhookError):
    """The body is not the one that was signed."""


class WebhookBodyError(WebhookError):
    """The body, though signed, is not a webhook event."""


class TokenRefusedError(LiveKitError):
    """A token endpoint refuses a token; raise it from your own policy with the reason."""

    reason: str
    """Sent to the client: keep secrets out of it."""
    fields: tuple[str, ...]
    """Fields of the request that caused it, by their standard names."""
    status: int
    """HTTP status of the response, 403 by default."""

    def __init__(self, reason: str, *, fields: Iterable[str] = (), status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = (fields,) if isinstance(fields, str) else tuple(fields)
        self.status = status


class WebhookStoreError(LiveKitError):
    """The store of handled webhooks failed; respond with 5xx, so that the webhook is sent again."""


class WebhookInProgressError(WebhookStoreError):
    """Another worker is handling this webhook and may still fail: try again later.

    A route responds with 503, and LiveKit sends the webhook again; a queue's worker repeats its
    task.
    """


class SettingsError(LiveKitError, ValueError):
    """A url, a credential or an option is missing or not valid."""
