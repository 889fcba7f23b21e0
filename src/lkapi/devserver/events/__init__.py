"""The log of events in a world, and the webhooks sent for them."""

from __future__ import annotations
