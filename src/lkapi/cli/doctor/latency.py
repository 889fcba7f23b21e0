"""How long a call takes: the median of a few that change nothing."""

from __future__ import annotations

import contextlib
import statistics
from typing import TYPE_CHECKING, Final

from lkapi.cli.doctor.credentials import NO_SUCH_ROOM
from lkapi.cli.doctor.findings import ok, warning
from lkapi.cli.failures import describe
from lkapi.errors import CredentialsError, LiveKitError

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["check_latency"]

_CALLS: Final = 5
_SLOW_MS: Final = 1000.0


def check_latency(case: Case, calls: int = _CALLS) -> Finding:
    """Time a few calls over one connection; a refused call counts as well."""
    with case.client.record_calls() as records:
        try:
            for _ in range(calls):
                with contextlib.suppress(CredentialsError):
                    case.client.room.list_rooms(names=[NO_SUCH_ROOM])
        except LiveKitError as error:
            hint = "try again; does the network lose packets?"
            return warning("latency", f"a call failed: {describe(error)}", hint)
    return judge_latency([record.elapsed * 1000 for record in records])


def judge_latency(milliseconds: list[float]) -> Finding:
    """What the times of calls mean."""
    median = statistics.median(milliseconds)
    facts = {
        "median_ms": round(median, 1),
        "min_ms": round(min(milliseconds), 1),
        "max_ms": round(max(milliseconds), 1),
    }
    text = f"{median:.0f} ms for a call, the median of {len(milliseconds)}"
    if median > _SLOW_MS:
        hint = "is the server far away, or busy? Run backends in the region of their server"
        return warning("latency", text, hint, **facts)
    return ok("latency", text, **facts)
