"""The embedded server as a program: ``lkapi dev`` and ``python -m lkapi.devserver``."""

from __future__ import annotations
