"""What ``livekit.api.livekit_api`` offers, under the same name."""

from __future__ import annotations

from lkapi.client import LiveKitAPI

__all__ = ["LiveKitAPI"]
