"""Simulated faults: those set from Python, and those of the ``X-Lk-Mock`` header."""

from __future__ import annotations
