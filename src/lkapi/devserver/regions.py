"""``/settings/regions``: which origins serve a project; LiveKit Cloud only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.protocol.rtc import RegionInfo, RegionSettings
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.config import WorldConfig

__all__ = ["answer_regions"]


def answer_regions(config: WorldConfig, headers: Mapping[str, str]) -> Response:
    """The regions in order of preference; the asked server alone when none are configured."""
    origins = config.regions or (f"http://{headers.get('host') or '127.0.0.1'}",)
    regions = [
        RegionInfo(region=f"region-{index}", url=url, distance=index)
        for index, url in enumerate(origins)
    ]
    body = RegionSettings(regions=regions).to_json()
    headers = {"content-type": "application/json", "cache-control": "max-age=0"}
    return Response(200, headers, body.encode())
