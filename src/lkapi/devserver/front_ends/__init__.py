"""Front ends of the embedded server: they carry bytes, and sit out the waits."""

from __future__ import annotations
