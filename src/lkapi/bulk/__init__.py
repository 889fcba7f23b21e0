"""One operation over many items: results, and the two ways to run them.

Users call ``bulk`` and ``iter_bulk`` of a client; the types of what they give are here.
"""

from __future__ import annotations

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
