"""What can be done from a page: its form, its confirmation, the same as code, and its execution."""

from __future__ import annotations
