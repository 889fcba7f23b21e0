"""What ``livekit.api.version`` offers, under the same name."""

from __future__ import annotations

from lkapi._version import __version__

__all__ = ["__version__"]
