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


def translate(error: BaseException, timeout: float, sent: bool | None = None) -> TransportError:
    """The lkapi error for a foreign one.

    ``sent`` says whether a byte of the request was sent, if the transport knows; with None, the
    kind of error decides. ``timeout`` is the timeout of the exchange, for the text.
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
        return ConnectError(f"could not connect{by}: {text}")
    return TransportError(f"connection failed: {text}", sent=True)


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
