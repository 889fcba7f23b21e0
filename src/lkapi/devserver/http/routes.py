"""Paths and queries of requests, by the server's rules (recorded behaviours 3, 4, 29 and 53)."""

from __future__ import annotations

import posixpath
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

import attrs

__all__ = ["TWIRP", "Target", "read_target", "redirected_path"]

TWIRP: Final = "/twirp/livekit."


@attrs.frozen
class Target:
    """Path and query of a request."""

    path: str
    """Decoded, with a single slash at its start."""
    query: dict[str, str]
    raw_query: str

    @property
    def service(self) -> str:
        """``RoomService`` in ``/twirp/livekit.RoomService/CreateRoom``, else empty."""
        if not self.path.startswith(TWIRP):
            return ""
        return self.path[len(TWIRP) :].partition("/")[0]


def read_target(url: str) -> Target:
    """Parse a URL, absolute or only a path.

    Raises:
        ValueError: it is not a URL.
    """
    if url.startswith("/"):
        path, _, raw_query = url.partition("#")[0].partition("?")
    else:
        parts = urlsplit(url)
        path, raw_query = parts.path, parts.query
    decoded = unquote(path) or "/"
    if decoded.startswith("//"):
        decoded = decoded[1:]
    if not raw_query:
        return Target(decoded, {}, "")
    query = {
        name: values[0] for name, values in parse_qs(raw_query, keep_blank_values=True).items()
    }
    return Target(decoded, query, raw_query)


def redirected_path(target: Target, services: frozenset[str]) -> str | None:
    """The redirect target of a path that is not clean; None for a clean one."""
    clean = _clean(target.path)
    if clean == TWIRP + target.service and target.service in services:
        clean += "/"
    if clean == target.path:
        return None
    sendable = quote(clean, safe="/:@!$&'()*+,;=~", errors="replace")
    return f"{sendable}?{target.raw_query}" if target.raw_query else sendable


def _clean(path: str) -> str:
    rooted = "/" + path.lstrip("/")
    clean = posixpath.normpath(rooted)
    if path.endswith("/") and clean != "/":
        clean += "/"
    return clean
