"""lkapi: the server SDK for LiveKit."""

from __future__ import annotations

from lkapi._version import __version__

__all__ = ["__version__"]
