"""Request and response bodies in both encodings (recorded behaviours 25 to 27)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from lkapi.errors import DecodeError, MalformedError
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from lkapi.message import Message
    from lkapi.methods.info import Req

__all__ = ["JSON", "PROTOBUF", "decode", "encode", "encode_sparse"]

JSON: Final = "application/json"
PROTOBUF: Final = "application/protobuf"
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def decode(kind: type[Req], content_type: str, body: bytes) -> Req:
    """Decode a request.

    Raises:
        MalformedError: the text is always the same for one encoding.
    """
    try:
        if content_type == PROTOBUF:
            return kind.from_bytes(body)
        return kind.from_dict(_read_json(body))
    except (DecodeError, ValueError, RecursionError):
        name = "protobuf" if content_type == PROTOBUF else "json"
        raise MalformedError("malformed", f"the {name} request could not be decoded") from None


def encode(message: Message, content_type: str) -> Response:
    """Encode a response: JSON with every field by its proto name, or protobuf."""
    if content_type == PROTOBUF:
        return Response(200, {"content-type": PROTOBUF}, message.to_bytes())
    text = message.to_json(proto_names=True, emit_defaults=True)
    return Response(200, {"content-type": JSON}, text.encode())


def encode_sparse(message: Message, content_type: str) -> Response:
    """Encode a response as the official test server does: JSON in camelCase, no defaults."""
    if content_type == PROTOBUF:
        return encode(message, content_type)
    return Response(200, {"content-type": JSON}, message.to_json().encode())


def _read_json(body: bytes) -> dict[str, Any]:
    """The first JSON value of a body, which must be an object; anything after it is ignored."""
    text = body.decode("utf-8", "surrogateescape")
    start = _SPACE.match(text)
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
    value, end = decoder.raw_decode(text, start.end() if start else 0)
    text[:end].encode()
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise ValueError("not an object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
