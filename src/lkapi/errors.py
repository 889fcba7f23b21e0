"""Every exception that lkapi raises, and the tables between Twirp codes, HTTP statuses and classes.

::

    LiveKitError
    ├── APIError                        (aliases ServerError, TwirpError) the server refused
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
    │   └── SIPCallError                (alias SipCallError) a phone call ended badly
    ├── TransportError                  no usable answer came back
    │   ├── ConnectError                nothing was sent    (also a ConnectionError)
    │   └── RequestTimeoutError         (also a TimeoutError)
    ├── WaitTimeoutError                (also a TimeoutError) what was waited for did not come
    ├── DecodeError                     bytes or JSON that are not the message they should be
    ├── TokenError                      (also a ValueError) an access token cannot be made or trusted
    │   ├── SensitiveCredentialsError   a secret would have been signed into a participant's token
    │   └── InvalidTokenError           the token was refused
    │       ├── TokenExpiredError
    │       ├── TokenNotYetValidError
    │       ├── TokenSignatureError
    │       └── UnknownAPIKeyError
    ├── WebhookError                    (also a ValueError) a webhook was refused
    │   ├── WebhookTokenError           the Authorization header is missing or not to be trusted
    │   ├── WebhookHashError            the body is not the one that was signed
    │   └── WebhookBodyError            the body, though signed, is no event
    ├── TokenRefusedError               a token endpoint's policy says no
    ├── WebhookStoreError               nobody can say whether a webhook was handled before
    └── SettingsError                   (also a ValueError) url, credentials or options are unusable

Each class survives ``pickle`` and ``copy.deepcopy`` with all its fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import attrs

from lkapi.sip_details import SIPErrorDetails, read_error_details

__all__ = [
    "APIError",
    "AbortedError",
    "AlreadyExistsError",
    "Attempt",
    "BadRouteError",
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
    "WebhookStoreError",
    "WebhookTokenError",
    "mask_tokens",
]

MAX_ERROR_TEXT: Final = 500
"""Characters of a non-JSON answer that an error keeps."""

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


def _listed(attempts: tuple[Attempt, ...]) -> str:
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


class ServerErrorCode:
    """The Twirp error codes as they stand on the wire."""

    CANCELED = "canceled"
    UNKNOWN = "unknown"
    INVALID_ARGUMENT = "invalid_argument"
    MALFORMED = "malformed"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NOT_FOUND = "not_found"
    BAD_ROUTE = "bad_route"
    ALREADY_EXISTS = "already_exists"
    PERMISSION_DENIED = "permission_denied"
    UNAUTHENTICATED = "unauthenticated"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    FAILED_PRECONDITION = "failed_precondition"
    ABORTED = "aborted"
    OUT_OF_RANGE = "out_of_range"
    UNIMPLEMENTED = "unimplemented"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    DATA_LOSS = "data_loss"


TwirpErrorCode = ServerErrorCode


class APIError(LiveKitError):
    """The server answered, and the answer is a refusal."""

    code: str
    """Twirp code, ``not_found`` for example."""
    message: str
    """The server's own words, with tokens masked; never branch on it."""
    status: int
    """HTTP status."""
    metadata: dict[str, str]
    """The ``meta`` object of the answer, empty when there was none."""
    method: str
    """``RoomService/CreateRoom``; empty for an error that was not made by a call."""
    request_id: str
    """The ``X-Livekit-Request-Id`` that was sent, the same on every attempt."""
    attempts: tuple[Attempt, ...]
    """Each attempt of the call, the last one included."""
    region: str | None
    """Host that gave this answer."""
    retry_after: float | None
    """Seconds the server asked to wait, from ``Retry-After``."""
    headers: dict[str, str]
    """Headers of the answer, names in lower case."""
    hint: str = ""
    """What usually causes this answer, where that is known."""

    def __init__(
        self,
        code: str,
        msg: str = "",
        *,
        status: int = 0,
        metadata: Mapping[str, str] | None = None,
        method: str = "",
        request_id: str = "",
        attempts: tuple[Attempt, ...] = (),
        region: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, msg)
        self.code = code
        self.message = msg
        self.status = status or HTTP_STATUS.get(code, 500)
        self.metadata = dict(metadata or {})
        self.method = method
        self.request_id = request_id
        self.attempts = attempts
        self.region = region
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    def __str__(self) -> str:
        return self._describe(f"{self.code}: {self.message}" if self.message else self.code)

    def _describe(self, what: str) -> str:
        where = f"{self.method}: " if self.method else ""
        facts = [f"HTTP {self.status}"]
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}{what} ({', '.join(facts)}){hint}{_listed(self.attempts)}"


ServerError = APIError
TwirpError = APIError


class CanceledError(APIError):
    """The operation was cancelled, on the server or by its deadline."""


class UnknownError(APIError):
    """The server failed without saying how; also its answer for "not implemented" in places."""


class InvalidArgumentError(APIError):
    """A field of the request is not acceptable."""


class MalformedError(APIError):
    """The server could not parse the request."""


class DeadlineExceededError(APIError, TimeoutError):
    """The server gave up because time ran out."""


class NotFoundError(APIError):
    """The room, participant, egress … does not exist."""


class BadRouteError(APIError):
    """The server has no such service or method; many are LiveKit Cloud only."""


class AlreadyExistsError(APIError):
    """What was to be created exists."""


class CredentialsError(APIError):
    """The credentials are wrong, or lack a grant.

    Self-hosted servers answer 401 for a missing grant, others 403: catch this class for both.
    """


class PermissionDeniedError(CredentialsError):
    """The token lacks a grant for this."""


class PlanError(PermissionDeniedError):
    """The credentials are good, but the LiveKit Cloud plan does not include this."""


class UnauthenticatedError(CredentialsError):
    """The token is missing, invalid or expired, or (self-hosted) lacks a grant."""


class ResourceExhaustedError(APIError):
    """A quota or rate limit was reached."""


class FailedPreconditionError(APIError):
    """The system is not in the state that this needs."""


class AbortedError(APIError):
    """The operation was aborted, by a conflict for example."""


class OutOfRangeError(APIError):
    """A value is past the valid range."""


class UnimplementedError(APIError):
    """The server knows the method but does not offer it."""


class InternalError(APIError):
    """Something broke inside the server."""


class UnavailableError(APIError):
    """Nobody could serve this right now.

    A self-hosted server also answers so, after 3 s, for a room or participant that does not exist.
    """


class DataLossError(APIError):
    """The server lost or corrupted data."""


class SIPCallError(APIError):
    """A phone call or transfer ended badly; the SIP status tells how (RFC 3261 section 21)."""

    @classmethod
    def from_server_error(cls, err: APIError) -> SIPCallError:
        """The same error as a SIP error, for code that caught it as an ``APIError``."""
        return cls(
            err.code,
            err.message,
            status=err.status,
            metadata=err.metadata,
            method=err.method,
            request_id=err.request_id,
            attempts=err.attempts,
            region=err.region,
            retry_after=err.retry_after,
            headers=err.headers,
        )

    @property
    def details(self) -> SIPErrorDetails | None:
        """The decoded ``error_details`` of the answer; None when it has none that can be read."""
        return read_error_details(self.metadata.get("error_details", "") or "-")

    @property
    def sip_status_code(self) -> int | None:
        """SIP response code of the far end, 486 for busy; None when it sent none."""
        text = self.metadata.get("sip_status_code", "")
        if text.isascii() and text.isdigit():
            return int(text)
        return None if (details := self.details) is None else details.sip_status_code

    @property
    def sip_status(self) -> str | None:
        """SIP reason phrase, ``Busy Here`` for example."""
        return self.metadata.get("sip_status") or getattr(self.details, "sip_status", None)

    @property
    def sip_transfer_reason(self) -> str | None:
        """Why a transfer failed, ``STR_RINGING_TIMEOUT`` for example."""
        told = self.metadata.get("sip_transfer_reason")
        return told or getattr(self.details, "transfer_reason", None)

    @property
    def sip_transfer_id(self) -> str | None:
        """Id of the failed transfer, as SIP logs show it."""
        return self.metadata.get("sip_transfer_id") or getattr(self.details, "transfer_id", None)

    @property
    def busy(self) -> bool:
        """The callee is on another call (486, 600)."""
        return self.sip_status_code in (486, 600)

    @property
    def no_answer(self) -> bool:
        """It rang and nobody answered (408, 480, 487)."""
        return self.sip_status_code in (408, 480, 487)

    @property
    def declined(self) -> bool:
        """The callee, or the carrier for the callee, refused (403, 603, 607, 608)."""
        return self.sip_status_code in (403, 603, 607, 608)

    @property
    def carrier_failure(self) -> bool:
        """The network failed, not the callee (any 5xx)."""
        code = self.sip_status_code
        return code is not None and 500 <= code < 600

    @property
    def retry_may_help(self) -> bool:
        """Whether dialling again later is sensible: busy, no answer, or a passing network fault.

        The client itself never dials twice.
        """
        passing = (491, 500, 502, 503, 504)
        return self.busy or self.no_answer or self.sip_status_code in passing

    def __str__(self) -> str:
        code, reason = self.sip_status_code, self.sip_status
        parts = [self.sip_transfer_reason, None if code is None else str(code), reason]
        told = " ".join(part for part in parts if part) or self.message
        return self._describe(f"SIP call failed: {told} [{self.code}]")


SipCallError = SIPCallError


class TransportError(LiveKitError):
    """No usable answer came back: the connection broke, or the peer did not speak HTTP."""

    sent: bool
    """Whether the server may have seen the request; False is certain, True is only possible."""
    method: str
    request_id: str
    attempts: tuple[Attempt, ...]

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        method: str = "",
        request_id: str = "",
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.method = method
        self.request_id = request_id
        self.attempts = attempts

    def __str__(self) -> str:
        where = f"{self.method}: " if self.method else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        return f"{where}{self.args[0]}{request}{_listed(self.attempts)}"


class ConnectError(TransportError, ConnectionError):
    """No connection could be made, so nothing was sent."""

    def __init__(self, message: str, *, sent: bool = False, **facts: Any) -> None:
        super().__init__(message, sent=sent, **facts)


class RequestTimeoutError(TransportError, TimeoutError):
    """No answer came in time; see ``sent`` for whether the server may have acted."""


class WaitTimeoutError(LiveKitError, TimeoutError):
    """What was waited for has not happened in time; nothing is wrong with the calls made."""

    last: object
    """What was waited for, as it was last seen."""

    def __init__(self, message: str, *, last: object = None) -> None:
        super().__init__(message)
        self.last = last


class DecodeError(LiveKitError):
    """Bytes or JSON are not the message they should be."""

    method: str = ""
    """``RoomService/CreateRoom`` when an answer could not be read; else empty."""
    request_id: str = ""
    attempts: tuple[Attempt, ...] = ()

    def __str__(self) -> str:
        where = f"{self.method}: " if self.method else ""
        request = f" (request id {self.request_id})" if self.request_id else ""
        return f"{where}{super().__str__()}{request}{_listed(self.attempts)}"


class TokenError(LiveKitError, ValueError):
    """An access token cannot be made from what was given, or cannot be trusted."""


class SensitiveCredentialsError(TokenError):
    """A token would have carried storage credentials or stream keys to a participant."""


class InvalidTokenError(TokenError):
    """The token is not valid; subclasses say why where that is known."""


class TokenExpiredError(InvalidTokenError):
    """The token's time is over."""


class TokenNotYetValidError(InvalidTokenError):
    """The token's time has not come."""


class TokenSignatureError(InvalidTokenError):
    """The signature was not made with the secret of the named key."""


class UnknownAPIKeyError(InvalidTokenError):
    """The token names an API key that the verifier does not hold."""


class WebhookError(LiveKitError, ValueError):
    """A webhook was refused."""


class WebhookTokenError(WebhookError):
    """The Authorization header is missing, or its token is not to be trusted."""


class WebhookHashError(WebhookError):
    """The body is not the one that was signed."""


class WebhookBodyError(WebhookError):
    """The body, though signed, is not a webhook event."""


class TokenRefusedError(LiveKitError):
    """A token endpoint does not give out a token; raise it from your own policy to say why."""

    reason: str
    """Told to the client: keep secrets out of it."""
    fields: tuple[str, ...]
    """Fields of the request that are the cause, by their standard names."""
    status: int
    """HTTP status of the answer, 403 unless told otherwise."""

    def __init__(self, reason: str, *, fields: Iterable[str] = (), status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = (fields,) if isinstance(fields, str) else tuple(fields)
        self.status = status


class WebhookStoreError(LiveKitError):
    """The store of handled webhooks does not answer; not the sender's fault, so answer 5xx."""


class SettingsError(LiveKitError, ValueError):
    """A url, a credential or an option is missing or unusable."""


HTTP_STATUS: Final[Mapping[str, int]] = {
    "canceled": 408,
    "unknown": 500,
    "invalid_argument": 400,
    "malformed": 400,
    "deadline_exceeded": 408,
    "not_found": 404,
    "bad_route": 404,
    "already_exists": 409,
    "permission_denied": 403,
    "unauthenticated": 401,
    "resource_exhausted": 429,
    "failed_precondition": 412,
    "aborted": 409,
    "out_of_range": 400,
    "unimplemented": 501,
    "internal": 500,
    "unavailable": 503,
    "data_loss": 500,
    "dataloss": 500,
}
"""HTTP status of each Twirp code; ``dataloss`` is the spelling of the Twirp specification."""

ERROR_CLASS: Final[Mapping[str, type[APIError]]] = {
    "canceled": CanceledError,
    "unknown": UnknownError,
    "invalid_argument": InvalidArgumentError,
    "malformed": MalformedError,
    "deadline_exceeded": DeadlineExceededError,
    "not_found": NotFoundError,
    "bad_route": BadRouteError,
    "already_exists": AlreadyExistsError,
    "permission_denied": PermissionDeniedError,
    "unauthenticated": UnauthenticatedError,
    "resource_exhausted": ResourceExhaustedError,
    "failed_precondition": FailedPreconditionError,
    "aborted": AbortedError,
    "out_of_range": OutOfRangeError,
    "unimplemented": UnimplementedError,
    "internal": InternalError,
    "unavailable": UnavailableError,
    "data_loss": DataLossError,
    "dataloss": DataLossError,
}

_INTERMEDIARY: Final[Mapping[int, str]] = {
    400: "internal",
    401: "unauthenticated",
    403: "permission_denied",
    404: "bad_route",
    429: "resource_exhausted",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
"""Twirp's table for answers that were not written by a Twirp server."""

_SIP_KEYS: Final = ("sip_status_code", "sip_status", "sip_transfer_reason", "sip_transfer_id")


@attrs.frozen
class Refusal:
    """What an answer that is not a success says, before it becomes an error."""

    code: str
    message: str
    status: int
    metadata: Mapping[str, str]

    @property
    def intermediary(self) -> bool:
        """Whether the answer was not written by a Twirp server but by something before it."""
        return "http_error_from_intermediary" in self.metadata

    @property
    def is_sip(self) -> bool:
        """Whether this is the outcome of a phone call and not a fault of the request."""
        if any(key in self.metadata for key in _SIP_KEYS):
            return True
        details = read_error_details(self.metadata.get("error_details", "") or "-")
        return details is not None and details.is_sip

    @property
    def error_class(self) -> type[APIError]:
        """The class to raise; the SIP outcome goes before the Twirp code."""
        if self.is_sip:
            return SIPCallError
        if self.status == 408:
            return DeadlineExceededError
        return ERROR_CLASS.get(self.code, UnknownError)


def read_refusal(status: int, headers: Mapping[str, str], content: bytes) -> Refusal:
    """Read an answer other than 200: Twirp JSON, or whatever a proxy put in its place.

    Args:
        headers: names in lower case.
    """
    text = content[: MAX_ERROR_TEXT * 64].decode("utf-8", "replace")
    body = _twirp_body(text)
    if body is not None:
        meta = body.get("meta")
        pairs = cast("dict[object, object]", meta) if isinstance(meta, dict) else {}
        return Refusal(
            code=str(body["code"]),
            message=_bounded(str(body.get("msg") or "")),
            status=status,
            metadata={str(k): mask_tokens(str(v)) for k, v in pairs.items()},
        )
    code = "internal" if 300 <= status < 400 else _INTERMEDIARY.get(status, "unknown")
    metadata = {"http_error_from_intermediary": "true", "status_code": str(status)}
    message = _bounded(text)
    if 300 <= status < 400:
        metadata["location"] = _bounded(headers.get("location", ""))
        message = f"redirect to {metadata['location']!r} was not followed"
    else:
        metadata["body"] = message
    return Refusal(code=code, message=message, status=status, metadata=metadata)


def _twirp_body(text: str) -> dict[str, object] | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    body = cast("dict[str, object]", value)
    return body if isinstance(body.get("code"), str) else None


def _bounded(text: str) -> str:
    masked = mask_tokens(text.strip())
    return masked if len(masked) <= MAX_ERROR_TEXT else masked[:MAX_ERROR_TEXT] + "…"


def parse_retry_after(value: str | None, now: float | None = None) -> float | None:
    """Seconds of a ``Retry-After`` header (RFC 9110 section 10.2.3).

    Args:
        value: a number of seconds, or a date.
        now: unix time; without it a date says nothing.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    if now is None or not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
