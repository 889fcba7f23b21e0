"""Posting one webhook over HTTP, for senders without an HTTP library of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["post_event"]

_SECONDS: Final = 10.0
_MAX_READ: Final = 64 * 1024
"""Bytes of a response body to read; nothing uses them."""


def post_event(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post over HTTP and return the status; redirects are not followed.

    Raises:
        OSError: the connection could not be made, or broke.
        http.client.HTTPException: the response is not HTTP.
    """
    import http.client  # the embedded server starts sooner without it

    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        response.read(_MAX_READ)
        return response.status
    finally:
        connection.close()
