"""HTTP around the pages: who may enter, how a page is drawn, forms, live changes, files."""

from __future__ import annotations
