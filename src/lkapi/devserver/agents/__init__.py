"""Simulated agent workers, and the jobs that they accept for the dispatches of rooms."""

from __future__ import annotations
