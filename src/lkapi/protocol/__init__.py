"""The messages and enums of LiveKit, one module for each proto file, named as in livekit.protocol."""

from __future__ import annotations
