"""What the parts of a world share: configuration, clock, ids, the lock, and the due work."""

from __future__ import annotations
