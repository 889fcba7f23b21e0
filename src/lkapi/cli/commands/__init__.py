"""The commands, one module for each noun; each is imported when it is used."""

from __future__ import annotations
