"""The pages, in the order of the menu; a module or a folder each."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lkapi.console.web.page import Page

__all__ = ["MODULES", "all_pages"]

MODULES: Final = (
    "overview",
    "rooms.page",
    "recording.page",
    "ingress.page",
    "agents.page",
    "telephony.page",
    "numbers",
    "analytics.page",
    "tokens",
    "webhooks",
    "log",
    "development.world",
    "development.requests",
)
"""The modules, each with a ``page``."""


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """Every page."""
    return tuple(_page(name) for name in MODULES)


def _page(name: str) -> Page:
    found: Page = import_module(f"{__name__}.{name}").page
    return found
