"""How the outcome of a phone call becomes a Twirp error (recorded behaviours 6 and 11)."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from lkapi.devserver.http.errors import inner_error
from lkapi.errors.api import ERROR_CLASS
from lkapi.protocol.sip import SIPStatus, SIPStatusCode

if TYPE_CHECKING:
    from lkapi.errors import APIError

__all__ = ["sip_status_error"]

_CODES: Final[tuple[tuple[str, frozenset[int]], ...]] = (
    ("resource_exhausted", frozenset({440, 480, 486, 600})),
    ("permission_denied", frozenset({401, 402, 403, 433, 470, 603, 607, 608})),
    ("not_found", frozenset({301, 302, 404, 410, 481, 604})),
    ("unauthenticated", frozenset({407, 428, 436, 437, 438, 494})),
    ("deadline_exceeded", frozenset({408, 504})),
    ("aborted", frozenset({487, 491})),
    ("out_of_range", frozenset({416})),
    ("failed_precondition", frozenset({409, 412, 482, 483})),
    ("invalid_argument", frozenset({505, 513})),
)
_GRPC: Final[dict[str, int]] = {
    "unknown": 2,
    "invalid_argument": 3,
    "deadline_exceeded": 4,
    "not_found": 5,
    "permission_denied": 7,
    "resource_exhausted": 8,
    "failed_precondition": 9,
    "aborted": 10,
    "out_of_range": 11,
    "unauthenticated": 16,
}
_BUSY: Final = frozenset({480, 486})
_BUSY_SINCE: Final = (1, 13, 8)
"""The first server known to have the newer table; 1.13.5 was recorded."""
_DIGITS: Final = re.compile(r"[0-9]{1,6}")
_TYPE_URL: Final = "type.googleapis.com/livekit.SIPStatus"
_STATUS_PREFIX: Final = "SIP_STATUS_"


def sip_status_error(code: int, reason: str = "", *, server_version: str = "") -> APIError:
    """The error for a SIP status such as 486, with the reason phrase if the far end sent one.

    Servers from 1.13.8 on have ``failed_precondition`` for a busy line, as newer SDKs expect.
    """
    twirp = _twirp_code(code)
    if code in _BUSY and _read_version(server_version) >= _BUSY_SINCE:
        twirp = "failed_precondition"
    name = _name(code)
    short = name.removeprefix(_STATUS_PREFIX)
    text = f"{code}: {reason}" if reason else f"{code} ({short})"
    details = _details(_GRPC[twirp], f"sip status {code}: {reason or short}", code, reason)
    error = inner_error(ERROR_CLASS[twirp], twirp, f"sip status: {text}")
    error.metadata = {
        "error_details": base64.b64encode(details).decode(),
        "sip_status": reason or name,
        "sip_status_code": str(code),
    }
    return error


def _read_version(text: str) -> tuple[int, ...]:
    """The numbers of a version; empty if it is not a version."""
    return tuple(int(part) for part in _DIGITS.findall(text)[:3])


def _twirp_code(code: int) -> str:
    for twirp, codes in _CODES:
        if code in codes:
            return twirp
    if 500 <= code < 600:
        return "failed_precondition"
    return "invalid_argument" if 300 <= code < 700 else "unknown"


def _name(code: int) -> str:
    try:
        return SIPStatusCode(code).name
    except ValueError:
        return str(code)


def _details(grpc_code: int, message: str, code: int, reason: str) -> bytes:
    """A ``google.rpc.Status`` with one ``livekit.SIPStatus`` in it."""
    status = SIPStatus(code=code, status=reason).to_bytes()
    detail = _field(1, _TYPE_URL.encode()) + _field(2, status)
    return b"\x08" + _varint(grpc_code) + _field(2, message.encode()) + _field(3, detail)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low = b""
    while value > 0x7F:
        low += bytes([value & 0x7F | 0x80])
        value >>= 7
    return low + bytes([value])
