"""What goes wrong on purpose: faults set from Python, and those of ``X-Lk-Mock``."""

from __future__ import annotations
