"""``/rtc/validate`` and ``/rtc/v1/validate``: whether a token may join (recorded behaviour 22)."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from typing import TYPE_CHECKING, cast

from lkapi.devserver.http.errors import JoinRefused
from lkapi.devserver.http.responses import text_response
from lkapi.devserver.rooms.joining import check_join, check_token
from lkapi.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.http.claims import Claims
    from lkapi.devserver.world import World
    from lkapi.protocol.rtc import WrappedJoinRequest
    from lkapi.transports.base import Response

__all__ = ["VALIDATE_PATHS", "validate_response"]

VALIDATE_PATHS = frozenset({"/rtc/validate", "/rtc/v1/validate"})
_MAX_JOIN_REQUEST = 1024 * 1024


def validate_response(
    world: World, claims: Claims | None, path: str, query: Mapping[str, str]
) -> Response:
    """``success``, or status and text of the error that a joining client would get."""
    try:
        check_token(claims)
        attributes = _read_query(query) if path == "/rtc/validate" else _read_wrapped(query)
        check_join(
            world.room_manager, claims, publish=query.get("publish", ""), attributes=attributes
        )
    except JoinRefused as refused:
        return text_response(refused.status, refused.text)
    return text_response(200, "success")


def _read_query(query: Mapping[str, str]) -> dict[str, str]:
    """Attributes of the query: base64url of a JSON object of strings."""
    text = query.get("attributes", "")
    if not text:
        return {}
    try:
        value: object = json.loads(_decode(text))
    except (ValueError, RecursionError):
        raise JoinRefused(400, "cannot decode attributes") from None
    pairs = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    texts = {name: item for name, item in pairs.items() if isinstance(item, str)}
    if len(texts) < len(pairs):
        raise JoinRefused(400, "cannot decode attributes")
    return texts


def _read_wrapped(query: Mapping[str, str]) -> dict[str, str]:
    """Attributes of a join request: base64url of a message that may contain a compressed one."""
    from lkapi.protocol.rtc import JoinRequest, WrappedJoinRequest  # a large module, seldom used

    text = query.get("join_request", "")
    if not text:
        raise JoinRefused(400, "join_request is required")
    try:
        wrapped = _decode(text)
    except ValueError:
        raise JoinRefused(400, "cannot base64 decode wrapped join request") from None
    try:
        outer = WrappedJoinRequest.from_bytes(wrapped)
        return dict(JoinRequest.from_bytes(_unwrap(outer)).participant_attributes)
    except (DecodeError, OSError, EOFError, zlib.error):
        raise JoinRefused(400, "cannot unmarshal join request") from None


def _unwrap(outer: WrappedJoinRequest) -> bytes:
    if outer.compression != outer.Compression.GZIP:
        return outer.join_request
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    inner = unpacker.decompress(outer.join_request, _MAX_JOIN_REQUEST)
    if not unpacker.eof:
        raise gzip.BadGzipFile("cut off, or too large")
    return inner


def _decode(text: str) -> bytes:
    """Base64 in the URL alphabet, padded or not.

    Raises:
        ValueError: it is something else.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(str(error)) from None
