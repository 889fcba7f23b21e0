"""Several regions of one project: which is which, and ``/settings/regions``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lkapi.protocol.rtc import RegionInfo, RegionSettings
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["REGION_HEADER", "find_region", "is_pinned_away", "pinned_response", "regions_response"]

REGION_HEADER: Final = "x-lk-mock-region"
"""Response header with the serving region, if there are several; empty for a failure."""


def region_name(index: int) -> str:
    """Name of a region by its position."""
    return f"region-{index}"


def find_region(url: str, host: str, origins: Sequence[str]) -> int:
    """Position of the region that a request went to; 0 if it is none of them."""
    netloc = host if url.startswith("/") else urlsplit(url).netloc
    hosts = [urlsplit(origin).netloc for origin in origins]
    return hosts.index(netloc) if netloc in hosts else 0


def is_pinned_away(region: int, pinned: Sequence[str]) -> bool:
    """Whether a project pinned to some regions may not be served in this one."""
    return bool(pinned) and region_name(region) not in pinned


def pinned_response() -> Response:
    """The response of a region that a project is not allowed in."""
    content_type = "text/plain; charset=utf-8"
    return Response(451, {"content-type": content_type}, b"project not allowed in this region.")


def regions_response(origins: Sequence[str], pinned: Sequence[str]) -> Response:
    """The regions in order of preference, never to be cached."""
    regions = [
        RegionInfo(region=region_name(index), url=url, distance=index)
        for index, url in enumerate(origins)
        if not is_pinned_away(index, pinned)
    ]
    body = RegionSettings(regions=regions).to_json()
    headers = {"content-type": "application/json", "cache-control": "max-age=0"}
    return Response(200, headers, body.encode())
