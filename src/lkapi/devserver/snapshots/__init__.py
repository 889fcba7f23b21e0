"""The state of a world as a JSON value, and as a file that is kept over restarts."""

from __future__ import annotations
