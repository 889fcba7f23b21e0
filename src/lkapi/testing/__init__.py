"""Tests of applications that use LiveKit: a fresh server for each test, webhooks, bad tokens.

With pytest, use the fixtures of the plugin (``livekit_server`` and others); with unittest and in
scripts, use ``server``. Nothing here imports pytest.
"""

from __future__ import annotations

from lkapi.testing.clock import StandingClock
from lkapi.testing.server import LiveKitServer, server
from lkapi.testing.webhooks import CapturedWebhooks, Delivery

__all__ = ["CapturedWebhooks", "Delivery", "LiveKitServer", "StandingClock", "server"]
