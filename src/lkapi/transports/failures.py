"""Foreign exceptions to lkapi's own, and what each says about whether anything was sent.

The libraries of the httpx family (httpx, httpx2 and the httpcore below each) use one set of names,
so the table goes by name and needs to import none of them. What is not listed may have been sent.
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

    ``sent`` says whether a byte of the request left, where the transport knows; None to go by the
    kind of error. ``timeout`` is what the exchange was given, for the text.
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
    return TransportError(f"the server's response is not sound HTTP: {text!r}")


def no_connection(timeout: float) -> RequestTimeoutError:
    """The error for an exchange that found all connections in use until its time was over."""
    return RequestTimeoutError(
        f"no connection came free within {timeout:.3g} s: raise limits= or call less at once",
        sent=False,
    )


def out_of_time(timeout: float, *, sent: bool) -> RequestTimeoutError:
    """The error for an exchange that took longer than it was given."""
    doing = "no complete answer" if sent else "no connection"
    return RequestTimeoutError(f"timed out: {doing} within {timeout:.3g} s", sent=sent)


def closed_meanwhile(*, sent: bool) -> TransportError:
    """The error for an exchange whose client was closed before it was over."""
    return TransportError("the client was closed while this call ran", sent=sent)
