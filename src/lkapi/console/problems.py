"""From an exception to the text of the page: a title, the reason, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

import lkapi

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Problem", "describe_problem"]


@attrs.frozen(kw_only=True)
class Problem:
    """Something that failed, in words."""

    title: str
    reason: str = ""
    advice: str = ""
    attempts: tuple[str, ...] = ()
    fields: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """What is wrong with each input, by the input's name."""
    status: int = 400
    """HTTP status of the page that shows it."""


_TITLES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (lkapi.ConnectError, "The server cannot be reached",
     "Nothing was sent. Check the url, and that the server is running."),
    (lkapi.RequestTimeoutError, "No response in time", ""),
    (lkapi.TransportError, "The response was lost", ""),
    (lkapi.SIPCallError, "The phone call failed", ""),
    (lkapi.PlanError, "The plan of this project does not include this", ""),
    (lkapi.PermissionDeniedError, "The credentials lack a grant",
     "Use an API key of this server, or a token with the grants that the call needs."),
    (lkapi.UnauthenticatedError, "The server does not accept the credentials",
     "Check that key and secret belong to this server, and that this machine's clock is right."),
    (lkapi.ResourceExhaustedError, "Too many requests, or a quota is used up",
     "The console reads less often until the server allows more."),
    (lkapi.NotFoundError, "It does not exist, or no longer exists", ""),
    (lkapi.AlreadyExistsError, "It exists already", ""),
    (lkapi.FailedPreconditionError, "Not possible in its current state", ""),
    (lkapi.InvalidArgumentError, "The server does not accept a value", ""),
    (lkapi.DecodeError, "The response is not from a LiveKit server",
     "Check the url: another server may be running there."),
    (lkapi.SettingsError, "The settings cannot be used", ""),
)  # fmt: skip
_SILENT: Final = "No service on the server handles this call"
_BESIDE: Final = {
    "Egress": "an egress service with capacity for another recording.",
    "Ingress": "an ingress service.",
    "SIP": "a SIP service.",
}
"""The workers that a service needs on a self-hosted server."""
_MAYBE: Final = "It may have taken effect: check before you send it again."
_DIAL: Final = "SIP/CreateSIPParticipant"
_MAYBE_DIALLED: Final = (
    "The number may have been dialled: check the live calls before you dial again."
)
_NO_SIP: Final = (
    "The phone call failed",
    "Check the trunk, and what the carrier reports about the call.",
)
_LATER: Final = "Dial again later; the console does not redial automatically."
_CARRIER: Final = ("The carrier could not place the call", "Check the trunk's address and login.")
_OUTCOMES: Final[dict[int, tuple[str, str]]] = {
    486: ("The line is busy", _LATER),
    600: ("The line is busy", _LATER),
    480: ("The callee cannot be reached now", _LATER),
    408: ("Nobody answered", _LATER),
    487: ("Nobody answered", _LATER),
    403: ("The call was refused", "The callee, or their carrier, does not accept such calls."),
    603: ("The callee declined the call", ""),
    607: ("The callee declined the call", "They do not want such calls."),
    608: ("The call was refused on the way", "An intermediary took it for an unwanted call."),
    404: ("The number does not exist", "Write it with + and the country code."),
    484: ("The number is not complete", "Write it with + and the country code."),
    410: ("The number no longer exists", ""),
    401: ("The carrier refused the login", "Check the trunk's user name and password."),
    407: ("The carrier refused the login", "Check the trunk's user name and password."),
    488: ("The callee does not support this kind of call", "Check codecs and encryption."),
}
"""What the SIP status of a failed call means."""
_ABSENT: Final = (lkapi.BadRouteError, lkapi.UnimplementedError)


def describe_problem(error: Exception, *, changes: bool = False) -> Problem:
    """The description of an error.

    Args:
        error: any exception; one that is not from lkapi is raised again.
        changes: whether the call would have changed something, so that a lost response matters.
    """
    if isinstance(error, _ABSENT):
        return _absent(error)
    if not isinstance(error, lkapi.LiveKitError):
        raise error
    lack = _lacks(error) if isinstance(error, lkapi.APIError) else ""
    if lack:
        return Problem(
            title=_SILENT,
            reason=_reason(error),
            advice=lack,
            attempts=attempts_of(error),
            status=_status(error),
        )
    title, advice = next(
        ((title, advice) for kind, title, advice in _TITLES if isinstance(error, kind)),
        ("The call failed", ""),
    )
    if isinstance(error, lkapi.SIPCallError):
        title, advice = _outcome(error)
    lost = isinstance(error, (lkapi.TransportError, lkapi.CanceledError))
    if changes and lost and not isinstance(error, lkapi.ConnectError):
        dialled = str(getattr(error, "method", "")) == _DIAL
        advice = _MAYBE_DIALLED if dialled else _MAYBE
    return Problem(
        title=title,
        reason=_reason(error),
        advice=advice or str(getattr(error, "hint", "")),
        attempts=attempts_of(error),
        status=_status(error),
    )


def _outcome(error: lkapi.SIPCallError) -> tuple[str, str]:
    """The outcome of a phone call, in words, and what to do."""
    code = error.sip_status_code
    if code is None:
        return _NO_SIP
    return _OUTCOMES.get(code, _CARRIER if 500 <= code < 600 else _NO_SIP)


def _lacks(error: lkapi.APIError) -> str:
    """What a self-hosted server lacks if it returns this error; empty for other errors."""
    service = error.method.partition("/")[0]
    text = error.message.casefold()
    if "redis required" in text or "service panic" in text:
        needed = _BESIDE.get(service, "its service.")
        return f"A self-hosted server has {service} only with Redis and {needed}"
    if "no response from servers" not in text:
        return ""
    if service in _BESIDE:
        return f"No service accepted the call: a self-hosted server needs {_BESIDE[service]}"
    return "No node of the server has this room open: it has ended, or never existed."


def _absent(error: lkapi.APIError) -> Problem:
    service, _, method = error.method.partition("/")
    what = f"{service} ({method})" if method else "this API"
    return Problem(
        title="This server does not offer this",
        reason=f"Self-hosted servers have no {what}, or need a newer version for it. "
        f"The server said: {error}",
        advice="LiveKit Cloud offers it. Nothing was changed.",
        status=501,
    )


def _reason(error: lkapi.LiveKitError) -> str:
    if isinstance(error, lkapi.APIError):
        method = f"{error.method}: " if error.method else ""
        return f"{method}{error.code}: {error.message}" if error.message else method + error.code
    return str(error.args[0]) if error.args else str(error)


def attempts_of(error: BaseException) -> tuple[str, ...]:
    """The attempts of a failed call, in words."""
    return tuple(str(attempt) for attempt in getattr(error, "attempts", ()))


def _status(error: lkapi.LiveKitError) -> int:
    """Status of the page: an error behind the console is a bad gateway, not its own failure."""
    if isinstance(error, (lkapi.TransportError, lkapi.DecodeError)):
        return 502
    if isinstance(error, lkapi.APIError) and error.status < 500:
        return 422
    return 502 if isinstance(error, lkapi.APIError) else 422
