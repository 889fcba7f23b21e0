"""The simulated world of ``lkapi dev`` on a page: actions on it, and its requests."""

from __future__ import annotations
