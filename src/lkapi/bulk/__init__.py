"""One operation over many items: results, and the two ways to run them.

Users call ``bulk`` and ``iter_bulk`` of a client; the types of their results are here. Each name is
loaded on first use: a client that does no bulk work loads neither tasks nor threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi._lazy import lazy_names

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
    ".ledger": ("BulkRules",),
    ".results": ("BulkProgress", "BulkResult", "BulkResults"),
    ".tasks": ("AsyncOperation", "AsyncRun", "AsyncSource"),
    ".threads": ("Operation", "Run", "Source"),
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
