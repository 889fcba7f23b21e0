"""How results are shown: tables, JSON, progress, curl commands."""

from __future__ import annotations
