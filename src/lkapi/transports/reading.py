"""Collecting a response's body: limited in size, decompressed, in one piece."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from lkapi.errors import TransportError
from lkapi.transports.base import MAX_RESPONSE_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection

ACCEPT_ENCODING: Final = "identity"
"""Responses are small and latency matters, so no compression is requested."""

MAX_HEAD_BYTES: Final = 64 * 1024
"""What a response may have besides its body: headers, interim responses, chunk framing."""

_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Collector:
    """Collects the chunks of one body and refuses more than a response may have."""

    __slots__ = ("_limit", "_rest", "_start", "size")

    def __init__(self, limit: int = MAX_RESPONSE_BYTES) -> None:
        self.size = 0
        self._limit = limit
        self._start = b""
        self._rest: bytearray | None = None

    def add(self, chunk: bytes) -> None:
        """Add a chunk.

        Raises:
            TransportError: the body is larger than the limit.
        """
        first = not self.size
        self.size += len(chunk)
        if self.size > self._limit:
            raise too_large(self._limit)
        if first:
            self._start = chunk
        elif self._rest is None:
            self._rest = bytearray(self._start + chunk)
        else:
            self._rest += chunk

    def content(self, encoding: str = "") -> bytes:
        """The body, decompressed as ``Content-Encoding`` says."""
        raw = self._start if self._rest is None else bytes(self._rest)
        return decompress(raw, encoding, self._limit) if encoding else raw


def joined_headers(items: Collection[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in lower case; values of one name are joined by commas."""
    headers = {name.lower(): value for name, value in items}
    if len(headers) < len(items):
        for key in headers:
            headers[key] = ", ".join(value for name, value in items if name.lower() == key)
    return headers


def too_large(limit: int) -> TransportError:
    """The error for a response over the limit."""
    return TransportError(f"the response is larger than {limit} bytes and was not read to its end")


def decompress(raw: bytes, encoding: str, limit: int = MAX_RESPONSE_BYTES) -> bytes:
    """Undo a ``Content-Encoding``.

    Raises:
        TransportError: it is unknown or broken, or the body is larger than the limit.
    """
    encoding = encoding.strip().lower()
    if encoding == "identity":
        return raw
    wbits = _WBITS.get(encoding)
    if wbits is None:
        raise TransportError(
            f"the response has the content encoding {encoding!r}, which was not requested"
        )
    decoder = zlib.decompressobj(wbits)
    try:
        content = decoder.decompress(raw, limit)
    except zlib.error as error:
        raise TransportError(f"the response's {encoding} encoding is broken: {error}") from None
    if decoder.unconsumed_tail:
        raise too_large(limit)
    if not decoder.eof:
        raise TransportError(f"the response's {encoding} encoding ends too early")
    if decoder.unused_data:
        raise TransportError(f"the response's {encoding} encoding ends before the response does")
    return content
