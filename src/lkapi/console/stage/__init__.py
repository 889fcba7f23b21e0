"""The simulated world of ``lkapi dev`` on a page: what can be done to it, and what reaches it."""

from __future__ import annotations
