"""A request as the embedded server reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.faults.controls import Controls, read_controls
from lkapi.devserver.http.headers import join_fields
from lkapi.devserver.http.regions import find_region
from lkapi.devserver.http.routes import TWIRP, Target, read_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lkapi.transports.base import Request

__all__ = ["IncomingRequest", "read_incoming"]


@attrs.frozen
class IncomingRequest:
    """A request with its url and headers parsed."""

    method: str
    """HTTP method."""
    target: Target
    headers: dict[str, str]
    """Names in lower case."""
    content: bytes
    url: str
    region: int
    """Position of the region that the request went to."""
    controls: Controls
    """The faults that the request asks for."""

    @property
    def name(self) -> str:
        """``RoomService/CreateRoom``, or the path of anything else."""
        return self.target.path.removeprefix(TWIRP)

    @property
    def request_id(self) -> str:
        """``X-Livekit-Request-Id``, empty if there is none."""
        return self.headers.get("x-livekit-request-id", "")

    @property
    def content_type(self) -> str:
        """The header, as sent."""
        return self.headers.get("content-type", "")

    @property
    def media_type(self) -> str:
        """The content type in lower case, without parameters: ``application/json``."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def deadline(self) -> float | None:
        """Seconds of ``X-Twirp-Timeout-Ms``; an invalid one is ignored (recorded behaviour 9)."""
        text = self.headers.get("x-twirp-timeout-ms", "")
        if not (text.isascii() and text.isdigit()) or len(text) > 12:
            return None
        return int(text) / 1000 or None


def read_incoming(request: Request, origins: Sequence[str]) -> IncomingRequest:
    """Read a request to a server whose regions have these origins.

    Raises:
        ValueError: the url is not one.
    """
    headers = join_fields((name, value.strip(" \t")) for name, value in request.headers.items())
    return IncomingRequest(
        method=request.method,
        target=read_target(request.url),
        headers=headers,
        content=request.content,
        url=request.url,
        region=find_region(request.url, headers.get("host", ""), origins),
        controls=read_controls(headers),
    )
