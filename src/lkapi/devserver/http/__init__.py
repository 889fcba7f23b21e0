"""The wire rules of the embedded server: routes, tokens, bodies, answers."""

from __future__ import annotations
