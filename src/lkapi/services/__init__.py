"""One class per service of a LiveKit server; ``lkapi.client`` makes them."""

from __future__ import annotations
