"""The log of what happened in a world, and the webhooks sent for it."""

from __future__ import annotations
