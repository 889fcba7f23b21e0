"""Front ends of the embedded server: they carry bytes and let waits pass."""

from __future__ import annotations
