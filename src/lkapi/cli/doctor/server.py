"""The server itself: does it respond, is its clock right, is it LiveKit Cloud, which version."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.cli.doctor.findings import failure, ok, warning
from lkapi.cli.exit_codes import ExitCode
from lkapi.errors import RequestTimeoutError, TransportError

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding
    from lkapi.transports import Response

__all__ = ["Visit", "check_answer", "check_clock", "check_kind", "visit"]

_LEEWAY: Final = 60.0
"""Seconds by which clocks may differ before servers refuse tokens."""
_NOTABLE: Final = 10.0
_DATE_RESOLUTION: Final = 1.0


@attrs.frozen
class Visit:
    """One request to the server's root, which needs no credentials."""

    begun: float
    """Unix time by this machine's clock."""
    ended: float
    response: Response | None = None
    error: TransportError | None = None


def visit(case: Case) -> Visit:
    """Request the root of the server; an error is part of the result."""
    begun = case.clock()
    try:
        response = case.get(case.url.path + "/")
    except TransportError as error:
        return Visit(begun, case.clock(), error=error)
    return Visit(begun, case.clock(), response)


def check_answer(case: Case, seen: Visit) -> Finding:
    """Whether it responds to HTTP, and like a LiveKit server."""
    if seen.response is None:
        late = isinstance(seen.error, RequestTimeoutError)
        hint = "is it a LiveKit server's port, and does nothing in between cut the connection?"
        code = ExitCode.TIMEOUT if late else ExitCode.NETWORK
        return failure("http", f"no response: {seen.error}", hint, code)
    status = seen.response.status
    if case.cloud or (status == 200 and seen.response.content.strip() == b"OK"):
        return ok("http", f"answers ({status})", status=status)
    if status >= 500:
        hint = "look at the server's log, and at the log of a load balancer before it"
        return warning("http", f"responds with {status}", hint, status=status)
    return warning(
        "http",
        f"responds with {status}, but not like a LiveKit server at its root",
        "is the url that of a LiveKit server, with the base path that a proxy may want?",
        status=status,
    )


def check_clock(case: Case, seen: Visit) -> Finding:
    """Compare the server's Date with this machine's clock; the difference is kept in the case."""
    date = seen.response.headers.get("date", "") if seen.response is not None else ""
    try:
        server = parsedate_to_datetime(date).timestamp()
    except ValueError:
        text = "the server does not send its time (no Date header)"
        return warning("clock", text, "compare the clocks by hand if tokens are refused")
    middle = (seen.begun + seen.ended) / 2
    case.skew = skew = server + _DATE_RESOLUTION / 2 - middle
    facts = {"server_ahead_seconds": round(skew, 1)}
    if abs(skew) <= _NOTABLE:
        return ok("clock", "agrees with the server's", **facts)
    side = "behind" if skew > 0 else "ahead of"
    text = f"this machine is {abs(skew):.0f} s {side} the server"
    hint = "set this machine's clock by NTP (timedatectl set-ntp true), or the server's"
    if abs(skew) <= _LEEWAY:
        return warning("clock", text, hint, **facts)
    text = f"{text}: servers refuse tokens whose times are more than {_LEEWAY:.0f} s off"
    return failure("clock", text, hint, ExitCode.REFUSED, **facts)


def check_kind(case: Case, seen: Visit) -> Finding:
    """LiveKit Cloud or not, by the host; and the version, if the server sends it."""
    kind = "LiveKit Cloud" if case.cloud else "not on a host of LiveKit Cloud"
    told = seen.response.headers.get("server", "") if seen.response is not None else ""
    version = f"it calls itself {told}" if told else "it does not send its version"
    return ok("server", f"{kind}; {version}", cloud=case.cloud, server=told)
