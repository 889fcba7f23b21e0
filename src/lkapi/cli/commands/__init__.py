"""The commands, one module for each noun; each is imported when it is named."""

from __future__ import annotations
