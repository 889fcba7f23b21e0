"""One operation over many items: results, and the two ways to run them.

Users call ``bulk`` and ``iter_bulk`` of a client; the types of what they give are here. Each name
is loaded when it is first touched: a client that does no bulk work loads neither tasks nor threads.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lkapi.bulk.ledger import BulkRules
    from lkapi.bulk.results import BulkProgress, BulkResult, BulkResults
    from lkapi.bulk.tasks import AsyncOperation, AsyncRun, AsyncSource
    from lkapi.bulk.threads import Operation, Run, Source

__all__ = [
    "AsyncOperation",
    "AsyncRun",
    "AsyncSource",
    "BulkProgress",
    "BulkResult",
    "BulkResults",
    "BulkRules",
    "Operation",
    "Run",
    "Source",
]

_HOMES: Final = {
    "ledger": ("BulkRules",),
    "results": ("BulkProgress", "BulkResult", "BulkResults"),
    "tasks": ("AsyncOperation", "AsyncRun", "AsyncSource"),
    "threads": ("Operation", "Run", "Source"),
}
_NAMES: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    return value
