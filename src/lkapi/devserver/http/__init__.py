"""The HTTP rules of the embedded server, without state: paths, tokens, bodies, responses."""

from __future__ import annotations
