"""Simulated agent workers, and the jobs that they take for the dispatches of rooms."""

from __future__ import annotations
