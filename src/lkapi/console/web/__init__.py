"""HTTP around the pages: access, drawing, forms, live updates, files."""

from __future__ import annotations
