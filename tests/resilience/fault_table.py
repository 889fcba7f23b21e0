"""What becomes of a call under each fault: the one table that tests assert and the docs show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from lkapi import errors
from lkapi.methods.info import Idempotency
from lkapi.transports.base import Response

SAFE, KEYED, UNSAFE = Idempotency.SAFE, Idempotency.KEYED, Idempotency.UNSAFE
PLACES: Final = ("self-hosted", "cloud")
COLUMNS: Final = tuple((kind, place) for kind in (SAFE, KEYED, UNSAFE) for place in PLACES)
TRANSPORTS: Final = ("default", "httpx", "httpx2", "in-process", "custom")
FACES: Final = ("async", "sync")


@attrs.frozen
class Row:
    """One fault, and how often each kind of call is tried while it lasts."""

    name: str
    what: str
    """The fault in words."""
    attempts: tuple[int, ...]
    """Attempts per column when the fault stays; 1 means that the first failure is raised."""
    error: type[errors.LiveKitError]
    """What is raised in the end."""
    fault: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Fields of the embedded server's ``Fault``."""
    acted: bool = False
    """Whether the server does what was asked before the fault strikes."""
    slow: bool = False
    """Whether an attempt takes all the time it has."""
    waits: bool = False
    """Whether the wait between attempts decides the outcome."""


def _row(
    name: str,
    what: str,
    attempts: str,
    error: type[errors.LiveKitError],
    *,
    fault: Mapping[str, Any] | None = None,
    **more: bool,
) -> Row:
    counts = tuple(int(count) for count in attempts.split())
    return Row(name, what, counts, error, fault or {}, **more)


def _page(status: int, text: str, kind: str = "text/html", **headers: str) -> dict[str, Any]:
    """Exactly this answer in place of the server's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"response": Response(status, {"content-type": kind, **named}, text.encode("latin-1"))}


def _twirp(status: int, code: str, **extra: Any) -> dict[str, Any]:
    return {"status": status, "code": code, **extra}


_LIMITED = json.dumps({"code": "resource_exhausted", "msg": "slow down"})
_SIP_500 = json.dumps({"code": "internal", "msg": "x", "meta": {"sip_status_code": "503"}})

ROWS: Final = (
    # attempts: SAFE, KEYED, UNSAFE, each self-hosted and on Cloud
    _row(
        "refused",
        "connection refused",
        "3 3   3 3   3 3",
        errors.ConnectError,
        fault={"drop": "connect"},
    ),
    _row(
        "drop-before",
        "connection lost, server had not acted",
        "3 3 1 3   1 1",
        errors.TransportError,
        fault={"drop": "before"},
    ),
    _row(
        "drop-after",
        "connection lost, server had acted",
        "3 3   1 3   1 1",
        errors.TransportError,
        fault={"drop": "after"},
        acted=True,
    ),
    _row(
        "truncated",
        "answer cut off",
        "3 3   1 3   1 1",
        errors.TransportError,
        fault={"truncate": 1},
        acted=True,
    ),
    _row(
        "silent",
        "no answer in time",
        "2 2   1 1   1 1",
        errors.RequestTimeoutError,
        fault={"delay": 60.0},
        acted=True,
        slow=True,
    ),
    _row(
        "500",
        "HTTP 500 `internal`",
        "3 3   1 3   1 1",
        errors.InternalError,
        fault=_twirp(500, "internal"),
    ),
    _row(
        "501",
        "HTTP 501 `unimplemented`",
        "3 3   1 3   1 1",
        errors.UnimplementedError,
        fault=_twirp(501, "unimplemented"),
    ),
    _row(
        "503",
        "HTTP 503 `unavailable`",
        "2 3   1 3   1 1",
        errors.UnavailableError,
        fault=_twirp(503, "unavailable"),
    ),
    _row(
        "502-page",
        "HTTP 502, a proxy's page",
        "3 3   1 3   1 1",
        errors.UnavailableError,
        fault=_page(502, "<h1>Bad Gateway</h1>"),
    ),
    _row(
        "429",
        "HTTP 429",
        "3 3   3 3   1 1",
        errors.ResourceExhaustedError,
        fault=_twirp(429, "resource_exhausted"),
    ),
    _row(
        "429-later",
        "HTTP 429, `Retry-After` past the deadline",
        "1 1 1 1 1 1",
        errors.ResourceExhaustedError,
        fault=_page(429, _LIMITED, "application/json", retry_after="3600"),
        waits=True,
    ),
    _row(
        "sip-486",
        "HTTP 429 with SIP status 486",
        "1 1   1 1   1 1",
        errors.SIPCallError,
        fault={"sip_status": 486},
    ),
    _row(
        "sip-500",
        "HTTP 500 with SIP status 503",
        "1 1   1 1   1 1",
        errors.SIPCallError,
        fault=_page(500, _SIP_500, "application/json"),
    ),
    _row(
        "451",
        "HTTP 451, project not in this region",
        "1 2   1 2   1 2",
        errors.UnknownError,
        fault=_page(451, "project not allowed in this region.", "text/plain"),
    ),
    _row(
        "307",
        "HTTP 307, a redirect",
        "1 1   1 1   1 1",
        errors.InternalError,
        fault=_page(307, "", location="http://elsewhere.invalid/"),
    ),
    _row(
        "400",
        "HTTP 400 `invalid_argument`",
        "1 1   1 1   1 1",
        errors.InvalidArgumentError,
        fault=_twirp(400, "invalid_argument"),
    ),
    _row(
        "401",
        "HTTP 401, plain text",
        "1 1   1 1   1 1",
        errors.UnauthenticatedError,
        fault=_page(401, "invalid API key", "text/plain"),
    ),
    _row(
        "404",
        "HTTP 404 `not_found`",
        "1 1   1 1   1 1",
        errors.NotFoundError,
        fault=_twirp(404, "not_found"),
    ),
    _row(
        "408",
        "HTTP 408 `canceled`",
        "1 1   1 1   1 1",
        errors.DeadlineExceededError,
        fault=_twirp(408, "canceled"),
    ),
    _row(
        "413",
        "HTTP 413, plain text",
        "1 1   1 1   1 1",
        errors.UnknownError,
        fault=_page(413, "request body too large", "text/plain"),
    ),
    _row(
        "200-page",
        "HTTP 200, a page instead of a message",
        "1 1   1 1   1 1",
        errors.DecodeError,
        fault=_page(200, "<h1>Welcome</h1>"),
    ),
    _row(
        "200-garbage",
        "HTTP 200, bytes that are no message",
        "1 1   1 1   1 1",
        errors.DecodeError,
        fault=_page(200, "\xff\xff\xff", "application/protobuf"),
    ),
)


def cells(row: Row) -> Iterator[tuple[Idempotency, str, int]]:
    """Kind of call, place, and attempts while the fault lasts."""
    for (kind, place), attempts in zip(COLUMNS, row.attempts, strict=True):
        yield kind, place, attempts


def count_cells() -> int:
    """Outcomes of the whole matrix: what is tried again is struck once, and struck for good."""
    outcomes = sum(1 if count == 1 else 2 for row in ROWS for count in row.attempts)
    return outcomes * len(FACES) * len(TRANSPORTS)


def _words(attempts: int) -> str:
    return "raise" if attempts == 1 else f"again, {attempts}"


def render() -> str:
    """The table in markdown."""
    heads = [f"{kind.name}, {'Cloud' if place == 'cloud' else place}" for kind, place in COLUMNS]
    lines = [f"| Fault | {' | '.join(heads)} | Raised in the end |", "|---" * 8 + "|"]
    for row in ROWS:
        words = " | ".join(_words(count) for count in row.attempts)
        lines.append(f"| {row.what} | {words} | `{row.error.__name__}` |")
    return "\n".join(lines)
