"""Translates foreign exceptions to lkapi's, with what each says about whether anything was sent.

The libraries of the httpx family (httpx, httpx2 and the httpcore below each) use one set of names,
so the table uses names and imports none of them. For an exception that is not listed, the request
may have been sent.
"""

from __future__ import annotations

from typing import Final

from lkapi.errors import ConnectError, RequestTimeoutError, TransportError, mask_tokens

_NOTHING_SENT: Final = frozenset(
    [
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "InvalidURL",
        # aiohttp
        "ClientConnectorError",
        "ConnectionTimeoutError",
        "ClientHttpProxyError",
        "InvalidUrlClientError",
    ]
)
_TIMEOUTS: Final = frozenset(
    [
        "ConnectTimeout",
        "PoolTimeout",
        "ReadTimeout",
        "WriteTimeout",
        "TimeoutException",
        "ConnectionTimeoutError",
        "ServerTimeoutError",
        "TimeoutError",
    ]
)
_ANSWERED: Final = frozenset(
    ["SSLError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"]
)
"""Errors of a connection to something that runs."""


def translate(
    error: BaseException, timeout: float, sent: bool | None = None, *, direct: bool = False
) -> TransportError:
    """The lkapi error for a foreign one.

    ``sent`` says whether a byte of the request was sent, if the transport knows; with None, the
    kind of error decides. ``timeout`` is the timeout of the exchange, for the text. ``direct`` says
    that the connection was to be one to the url's own host, without a proxy.
    """
    names = [kind.__name__ for kind in type(error).__mro__]
    if sent is None:
        sent = not _NOTHING_SENT.intersection(names)
    if "PoolTimeout" in names:
        return no_connection(timeout)
    if _TIMEOUTS.intersection(names):
        doing = "no answer" if sent else "no connection"
        return RequestTimeoutError(f"timed out: {doing} within {timeout:.3g} s", sent=sent)
    if "ClientResponseError" in names and sent:
        return unsound(getattr(error, "message", ""))
    text = mask_tokens(str(error)) or type(error).__name__
    if not sent:
        by = " by the proxy" if any("Proxy" in name for name in names) else ""
        hint = _what_to_check(error) if direct else ""
        return ConnectError(f"could not connect{by}: {text}", hint=hint)
    return TransportError(f"connection failed: {text}", sent=True)


def _what_to_check(error: BaseException) -> str:
    for name in ("certificate_error", "os_error"):  # aiohttp's errors hold the system's
        error = getattr(error, name, error)
    names = {kind.__name__ for kind in type(error).__mro__}
    if "SSLCertVerificationError" in names:
        return "`lkapi doctor` shows the certificate"
    if getattr(error, "reason", "") == "WRONG_VERSION_NUMBER":
        return "does this port use TLS? https:// and wss:// in the url say that it does"
    if "OSError" not in names or _ANSWERED.intersection(names):
        return ""
    return "is the url right, and does the server run there? `lkapi doctor` finds the cause"


def unsound(why: str) -> TransportError:
    """The error for a response that is not HTTP."""
    text = mask_tokens(" ".join(why.split()))[:200]
    return TransportError(f"the server's response is not valid HTTP: {text!r}")


def no_connection(timeout: float) -> RequestTimeoutError:
    """The error for an exchange that got no connection in time because all were in use."""
    return RequestTimeoutError(
        f"no connection became free within {timeout:.3g} s: raise limits= or make fewer "
        "calls at once",
        sent=False,
    )


def out_of_time(timeout: float, *, sent: bool) -> RequestTimeoutError:
    """The error for an exchange that took longer than its timeout."""
    doing = "no complete response" if sent else "no connection"
    return RequestTimeoutError(f"timed out: {doing} within {timeout:.3g} s", sent=sent)


def closed_meanwhile(*, sent: bool) -> TransportError:
    """The error for an exchange whose client was closed before it ended."""
    return TransportError("the client was closed while this call ran", sent=sent)
