"""Front ends of the embedded server: they transfer bytes and do the waiting."""

from __future__ import annotations
