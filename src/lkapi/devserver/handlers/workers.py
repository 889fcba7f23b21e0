"""Egress, ingress and SIP workers: the errors if there is none (recorded behaviours 8, 9, 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.devserver.http.errors import inner_error, no_response
from lkapi.errors import APIError, InternalError

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call

__all__ = [
    "not_connected",
    "require_redis",
    "require_sip_worker",
    "require_worker",
    "service_panic",
]

EGRESS_SEARCH: Final = 21.0
"""Seconds that the server looks for an egress worker, trying several times."""
INGRESS_SEARCH: Final = 3.0
SIP_SEARCH: Final = 1.0


def not_connected(service: str) -> APIError:
    """Without redis, the service's objects cannot be stored."""
    return inner_error(InternalError, "internal", f"{service} not connected (redis required)")


def require_redis(call: Call, service: str) -> None:
    """Refuse unless the server has redis."""
    if not call.world.config.redis:
        raise not_connected(service)


def service_panic() -> APIError:
    """The recorded server's failure on UpdateIngress and DeleteIngress without redis."""
    return InternalError("internal", "Internal service panic")


def require_worker(call: Call, seconds: float, *, present: bool) -> None:
    """Look for a worker for so many seconds, without success.

    Raises:
        UnavailableError: there is none.
        CanceledError: the caller's deadline passed first.
    """
    if not present:
        call.wait(seconds)
        raise no_response()


def require_sip_worker(call: Call) -> None:
    """Look for a SIP worker; the caller's deadline only shortens the search (recorded).

    Raises:
        UnavailableError: there is none.
    """
    if not call.world.config.has_sip:
        left = SIP_SEARCH if call.deadline is None else min(SIP_SEARCH, call.deadline)
        call.wait(max(0.0, left - call.waited))
        raise no_response()
