"""Errors that a server returns, one class per Twirp code, and the tables between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.errors.base import Attempt, LiveKitError, ending
from lkapi.errors.sip_details import SIPErrorDetails, read_error_details

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServerErrorCode:
    """The Twirp error codes, as servers send them."""

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
    """The server returned an error."""

    code: str
    """Twirp code, ``not_found`` for example."""
    message: str
    """The server's own text, with tokens masked; never branch on it."""
    status: int
    """HTTP status."""
    metadata: dict[str, str]
    """The ``meta`` object of the response, empty if there was none."""
    method: str
    """``RoomService/CreateRoom``; empty for an error that does not come from a call."""
    request_id: str
    """The ``X-Livekit-Request-Id`` that was sent, the same on every attempt."""
    attempts: tuple[Attempt, ...]
    """Each attempt of the call, including the last one."""
    region: str | None
    """Host that sent this response."""
    retry_after: float | None
    """Seconds to wait before a retry, from the header ``Retry-After``."""
    headers: dict[str, str]
    """Headers of the response, names in lower case."""
    hint: str = ""
    """The usual cause of this error, if it is known."""

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
        return f"{where}{what} ({', '.join(facts)}){ending(self.attempts, self.hint)}"


ServerError = APIError
TwirpError = APIError


class CanceledError(APIError):
    """The operation was cancelled, on the server or by its deadline."""


class UnknownError(APIError):
    """The server failed without a known cause; some methods return it if not implemented."""


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

    hint = "the url may be wrong (path or server), or only LiveKit Cloud has this method"


class AlreadyExistsError(APIError):
    """The object to create already exists."""


class CredentialsError(APIError):
    """The credentials are wrong, or lack a grant.

    Self-hosted servers return 401 for a missing grant, others 403: catch this class for both.
    """


class PermissionDeniedError(CredentialsError):
    """The token lacks a grant for this."""


class PlanError(PermissionDeniedError):
    """The credentials are valid, but the LiveKit Cloud plan does not include this."""


class UnauthenticatedError(CredentialsError):
    """The token is missing, invalid or expired, or (self-hosted) lacks a grant."""


class ResourceExhaustedError(APIError):
    """A quota or rate limit was reached."""


class FailedPreconditionError(APIError):
    """The system is not in the state that this call needs."""


class AbortedError(APIError):
    """The operation was aborted, by a conflict for example."""


class OutOfRangeError(APIError):
    """A value is outside the valid range."""


class UnimplementedError(APIError):
    """The server has the method but does not implement it."""


class InternalError(APIError):
    """Something broke inside the server."""


class UnavailableError(APIError):
    """The server, or a node it needs, is not available right now.

    A self-hosted server also returns this for a room or participant that does not exist, after 3 s.
    """


class DataLossError(APIError):
    """The server lost or corrupted data."""


class SIPCallError(APIError):
    """A phone call or transfer failed; see its SIP status (RFC 3261 section 21)."""

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
        """The decoded ``error_details`` of the error; None if absent or unreadable."""
        return read_error_details(self.metadata)

    @property
    def sip_status_code(self) -> int | None:
        """SIP response code of the far end, 486 for busy; None if it sent none."""
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
        reason = self.metadata.get("sip_transfer_reason")
        return reason or getattr(self.details, "transfer_reason", None)

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
        """The phone rang and nobody picked up (408, 480, 487)."""
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
        """Whether dialling again later may help: busy, no answer, or a temporary network fault.

        The client never dials again by itself.
        """
        passing = (491, 500, 502, 503, 504)
        return self.busy or self.no_answer or self.sip_status_code in passing

    def __str__(self) -> str:
        code, reason = self.sip_status_code, self.sip_status
        parts = [self.sip_transfer_reason, None if code is None else str(code), reason]
        outcome = " ".join(part for part in parts if part) or self.message
        return self._describe(f"SIP call failed: {outcome} [{self.code}]")


SipCallError = SIPCallError


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
