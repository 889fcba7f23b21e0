"""The ``X-Lk-Mock`` request header: with it, clients request faults of the official test server.

A header that is not valid is ignored as a whole, as that server does.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIALS", "Controls", "read_controls"]

DIALS: Final = frozenset({"SIP/CreateSIPParticipant", "SIP/TransferSIPParticipant"})
"""The methods that a SIP status applies to."""
_HANG_MS: Final = 30_000
"""Milliseconds of the legacy fail mode ``delay``."""


@attrs.frozen(kw_only=True)
class Controls:
    """The faults that one request asks for; fields are as in the JSON of the header."""

    present: bool = False
    """Whether the request had such a header."""
    fail_regions: tuple[int, ...] = ()
    fail_mode: str = "status"
    fail_status: int = 503
    fail_code: str = ""
    delay_ms: int | None = None
    """None for the method's own latency."""
    regions_status: int = 200
    response: Mapping[str, Any] | None = None
    skip_auth: bool = False
    sip_code: int | None = None
    sip_reason: str = ""
    pinned: tuple[str, ...] = ()

    @property
    def twirp_code(self) -> str:
        """The code of a failure, by default from its status."""
        known = {
            400: "invalid_argument",
            401: "unauthenticated",
            403: "permission_denied",
            404: "not_found",
            429: "resource_exhausted",
        }
        by_status = "unavailable" if self.fail_status >= 500 else "internal"
        return self.fail_code or known.get(self.fail_status, by_status)


_NO_CONTROLS: Final = Controls()
_STATUSES: Final = range(200, 600)
"""The statuses that can be requested; any other counts as not given."""
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "failRegions": ("fail_regions", "ints"),
    "failMode": ("fail_mode", "text"),
    "failStatus": ("fail_status", "int"),
    "failTwirpCode": ("fail_code", "text"),
    "delayMs": ("delay_ms", "int"),
    "regionsStatus": ("regions_status", "int"),
    "response": ("response", "object"),
    "skipAuth": ("skip_auth", "bool"),
    "pinnedRegions": ("pinned", "texts"),
}


def read_controls(headers: Mapping[str, str]) -> Controls:
    """Read the header, and the older headers with one field each, which it overrides.

    Args:
        headers: names in lower case.
    """
    if not any(name.startswith("x-lk-mock") for name in headers):
        return _NO_CONTROLS
    found = _read_legacy(headers)
    with contextlib.suppress(ValueError, TypeError, AttributeError, RecursionError):
        found.update(_read_json(headers.get("x-lk-mock", "")))
    for name in ("fail_status", "regions_status"):
        if found.get(name) not in _STATUSES:
            found.pop(name, None)
    return Controls(present=True, **found)


def _read_json(text: str) -> dict[str, Any]:
    if not text:
        return {}
    value: object = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("not an object")
    found: dict[str, Any] = {}
    for name, item in cast("dict[str, Any]", value).items():
        if name == "sipStatus" and item is not None:
            found["sip_code"] = _check(item.get("code", 0), "int")
            found["sip_reason"] = _check(item.get("status", ""), "text")
        elif name in _FIELDS and item is not None:
            target, kind = _FIELDS[name]
            found[target] = _check(item, kind)
    return found


def _check(value: object, kind: str) -> Any:
    """A value of the right kind.

    Raises:
        TypeError: it has another type.
    """
    kinds: Mapping[str, type] = {"int": int, "text": str, "bool": bool, "object": dict}
    if kind in ("ints", "texts"):
        inner = kind[:-1]
        if not isinstance(value, list):
            raise TypeError(kind)
        return tuple(_check(item, inner) for item in cast("list[object]", value))
    if type(value) is not kinds[kind]:
        raise TypeError(kind)
    return cast("Any", value)


def _read_legacy(headers: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    regions = [part.strip() for part in headers.get("x-lk-mock-fail-regions", "").split(",")]
    if any(part.isdigit() for part in regions):
        found["fail_regions"] = tuple(int(part) for part in regions if part.isdigit())
    mode = headers.get("x-lk-mock-fail-mode", "")
    if mode:
        found["fail_mode"] = mode
    status = headers.get("x-lk-mock-fail-status", "")
    if status.isdigit():
        found["fail_status"] = int(status)
    found["fail_code"] = headers.get("x-lk-mock-fail-twirp-code", "")
    delay = headers.get("x-lk-mock-delay-ms", "")
    if mode == "delay":
        found["delay_ms"] = int(delay) if delay.isdigit() else _HANG_MS
    status = headers.get("x-lk-mock-regions-status", "")
    if status.isdigit():
        found["regions_status"] = int(status)
    found["skip_auth"] = headers.get("x-lk-mock-skip-auth", "") == "true"
    found["response"] = _read_object(headers.get("x-lk-mock-response", ""))
    return found


def _read_object(text: str) -> Any:
    try:
        value: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None
