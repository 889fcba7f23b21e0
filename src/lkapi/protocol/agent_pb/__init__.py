"""The messages that agents exchange with their sessions."""

from __future__ import annotations
