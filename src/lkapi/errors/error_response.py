"""Reads an error response: Twirp's JSON, or what a proxy sent instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from lkapi.errors.api import (
    ERROR_CLASS,
    APIError,
    DeadlineExceededError,
    SIPCallError,
    UnknownError,
)
from lkapi.errors.base import mask_tokens
from lkapi.errors.sip_details import read_error_details

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ERROR_TEXT: Final = 500
"""How many characters of a text an error keeps."""

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
"""Twirp's table for responses of intermediaries: HTTP status to Twirp code."""

_SIP_KEYS: Final = ("sip_status_code", "sip_status", "sip_transfer_reason", "sip_transfer_id")


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The parts of an error response, before they become an exception."""

    code: str
    message: str
    status: int
    metadata: Mapping[str, str]

    @property
    def intermediary(self) -> bool:
        """Whether the response came from a proxy or the like, and not from a Twirp server."""
        return "http_error_from_intermediary" in self.metadata

    @property
    def is_sip(self) -> bool:
        """Whether this is the outcome of a phone call and not an error of the request."""
        if any(key in self.metadata for key in _SIP_KEYS):
            return True
        details = read_error_details(self.metadata)
        return details is not None and details.is_sip

    @property
    def error_class(self) -> type[APIError]:
        """The class to raise; the outcome of a phone call takes precedence over the Twirp code."""
        if self.is_sip:
            return SIPCallError
        if self.status == 408:
            return DeadlineExceededError
        return ERROR_CLASS.get(self.code, UnknownError)


def read_error_response(status: int, headers: Mapping[str, str], content: bytes) -> ErrorResponse:
    """Read a response other than 200: Twirp JSON, or what a proxy sent instead.

    Names of ``headers`` are in lower case.
    """
    text = content[: MAX_ERROR_TEXT * 64].decode("utf-8", "replace")
    body = _twirp_body(text)
    if body is not None:
        meta = body.get("meta")
        pairs = cast("dict[object, object]", meta) if isinstance(meta, dict) else {}
        return ErrorResponse(
            code=_bounded(str(body["code"])),
            message=_bounded(str(body.get("msg") or "")),
            status=status,
            metadata={_printable(str(k)): _printable(str(v)) for k, v in pairs.items()},
        )
    code = "internal" if 300 <= status < 400 else _INTERMEDIARY.get(status, "unknown")
    metadata = {"http_error_from_intermediary": "true", "status_code": str(status)}
    message = _bounded(text)
    if 300 <= status < 400:
        metadata["location"] = _bounded(headers.get("location", ""))
        message = f"redirect to {metadata['location']!r} was not followed"
    else:
        metadata["body"] = message
    return ErrorResponse(code=code, message=message, status=status, metadata=metadata)


def _twirp_body(text: str) -> dict[str, object] | None:
    import json

    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    body = cast("dict[str, object]", value)
    return body if isinstance(body.get("code"), str) else None


def _printable(text: str) -> str:
    """A text without tokens and lone surrogates."""
    return mask_tokens(text.encode("utf-8", "replace").decode())


def _bounded(text: str) -> str:
    masked = _printable(text.strip())
    return masked if len(masked) <= MAX_ERROR_TEXT else masked[:MAX_ERROR_TEXT] + "…"


def parse_retry_after(value: str | None, now: float | None = None) -> float | None:
    """Seconds of a ``Retry-After`` header (RFC 9110 section 10.2.3).

    Args:
        value: a number of seconds, or a date.
        now: unix time; without it, a date returns None.
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
