"""The regions of a LiveKit Cloud project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from lkapi.cli.doctor.findings import ok, warning
from lkapi.errors import TransportError
from lkapi.methods.info import Needs
from lkapi.rpc.regions import REGIONS_PATH, read_regions
from lkapi.rpc.tokens import TokenSource

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["check_regions"]


def check_regions(case: Case) -> Finding:
    """Read the region list, to which calls move when a region fails; Cloud only."""
    domain = case.failover.domain_of(case.url)
    if domain is None or case.credentials is None:
        return ok("regions", "none: only LiveKit Cloud has them")
    hint = "calls cannot move to another region when this one fails: try again later"
    token = TokenSource(case.credentials, case.clock).authorization(Needs(), case.timeout)
    try:
        response = case.get(REGIONS_PATH, token)
    except TransportError as error:
        return warning("regions", f"the list cannot be read: {error}", hint)
    if response.status != 200:
        return warning("regions", f"the server responds to the list with {response.status}", hint)
    origins = read_regions(response.content, domain, case.failover)
    if not origins:
        return warning("regions", "the list has no region that can be used", hint)
    names = _names(response.content)
    shown = ", ".join(names) or ", ".join(origins)
    return ok("regions", f"{shown}; the nearest first", regions=names, origins=list(origins))


def _names(content: bytes) -> list[str]:
    body = cast("dict[str, Any]", json.loads(content))  # read_regions has found entries in it
    entries = cast("list[object]", body["regions"])
    found = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    return [str(entry["region"]) for entry in found if entry.get("region")]
