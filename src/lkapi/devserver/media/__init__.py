"""Simulated egress and ingress workers of the embedded server."""

from __future__ import annotations
