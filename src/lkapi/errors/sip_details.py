"""Reads the ``error_details`` of a failed call: a base64 ``google.rpc.Status`` with SIP messages.

Errors do not import protobuf, so this reads the few fields of the wire format itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["SIPErrorDetails", "read_error_details"]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

TRANSFER_REASONS = (
    "STR_UNSPECIFIED",
    "STR_COMPLETED",
    "STR_CALL_ENDED",
    "STR_REJECTED",
    "STR_RINGING_TIMEOUT",
    "STR_SUBSCRIPTION_TERMINATED",
    "STR_CANCELED",
)
"""``livekit.SIPTransferReason`` by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SIPErrorDetails:
    """Details of a failed phone call, beyond code and message of the error."""

    grpc_code: int = 0
    """gRPC status code of the inner error, 8 for ``resource_exhausted``."""
    message: str = ""
    """Message of the inner error."""
    sip_status_code: int | None = None
    """SIP response code of the far end, 486 for busy."""
    sip_status: str | None = None
    """SIP reason phrase; None if the far end sent none."""
    transfer_id: str | None = None
    """Id of the failed transfer."""
    transfer_reason: str | None = None
    """Why a transfer failed, ``STR_RINGING_TIMEOUT`` for example."""
    other_types: tuple[str, ...] = ()
    """Names of details that are none of the above."""

    @property
    def is_sip(self) -> bool:
        """Whether the phone call or transfer itself failed, and not something before it."""
        return self.sip_status_code is not None or self.transfer_reason is not None


def read_error_details(metadata: Mapping[str, str]) -> SIPErrorDetails | None:
    """Decode the ``error_details`` of an error's metadata; None if absent or unreadable."""
    text = metadata.get("error_details")
    if not text:
        return None
    import base64
    import binascii

    try:
        return _read_status(base64.b64decode(text, validate=True))
    except (binascii.Error, _WireError, UnicodeDecodeError):
        return None


class _WireError(Exception):
    """The bytes are not a protobuf message."""


def _read_status(data: bytes) -> SIPErrorDetails:
    details = SIPErrorDetails()
    for number, value in _fields(data):
        if number == 1 and isinstance(value, int):
            details = replace(details, grpc_code=value)
        elif number == 2 and isinstance(value, bytes):
            details = replace(details, message=value.decode())
        elif number == 3 and isinstance(value, bytes):
            details = _add_detail(details, value)
    return details


def _add_detail(details: SIPErrorDetails, data: bytes) -> SIPErrorDetails:
    """Add one ``google.protobuf.Any``."""
    parts = dict(_fields(data))
    name = _text(parts.get(1)).rpartition("/")[2]
    value = parts.get(2, b"")
    body = value if isinstance(value, bytes) else b""
    if name == "livekit.SIPStatus":
        return _add_sip_status(details, body)
    if name == "livekit.SIPTransferError":
        return _add_transfer_error(details, body)
    return replace(details, other_types=(*details.other_types, name))


def _add_sip_status(details: SIPErrorDetails, data: bytes) -> SIPErrorDetails:
    parts = dict(_fields(data))
    code = parts.get(1)
    return replace(
        details,
        sip_status_code=code if isinstance(code, int) else None,
        sip_status=_text(parts.get(2)) or None,
    )


def _add_transfer_error(details: SIPErrorDetails, data: bytes) -> SIPErrorDetails:
    parts = dict(_fields(data))
    status, reason = parts.get(3), parts.get(2, 0)
    if isinstance(status, bytes):
        details = _add_sip_status(details, status)
    return replace(
        details,
        transfer_id=_text(parts.get(1)) or None,
        transfer_reason=_reason_name(reason),
    )


def _reason_name(reason: int | bytes) -> str:
    if isinstance(reason, int) and reason < len(TRANSFER_REASONS):
        return TRANSFER_REASONS[reason]
    return str(reason)


def _text(value: int | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else ""


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of one message: varints as int, length-delimited ones as bytes, others skipped."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
        elif kind == _BYTES:
            size, at = _varint(data, at)
            yield number, _take(data, at, size)
            at += size
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
            _take(data, at, size)
            at += size
        else:
            raise _WireError(kind)


def _take(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise _WireError(size)
    return data[at : at + size]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _WireError(at)
