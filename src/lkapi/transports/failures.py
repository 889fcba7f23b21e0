"""Foreign exceptions to lkapi's own, and what each says about whether anything was sent.

The libraries of the httpx family (httpx, httpx2 and the httpcore below each) use one set of names,
so the table goes by name and needs to import none of them. A class that is not listed is read as
its nearest listed ancestor.
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
        "InvalidUrlClientError",
    ]
)
_MAYBE_SENT: Final = frozenset(
    [
        "ReadTimeout",
        "WriteTimeout",
        "TimeoutException",
        "ReadError",
        "WriteError",
        "CloseError",
        "NetworkError",
        "LocalProtocolError",
        "RemoteProtocolError",
        "ProtocolError",
        "DecodingError",
        "TooManyRedirects",
        "TransportError",
        "RequestError",
        "HTTPStatusError",
        "HTTPError",
        "CookieConflict",
        "StreamError",
        # aiohttp
        "ServerTimeoutError",
        "ServerDisconnectedError",
        "ClientPayloadError",
        "ClientResponseError",
        "ClientOSError",
        "ClientError",
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
    known = next((name for name in names if name in _NOTHING_SENT or name in _MAYBE_SENT), "")
    if sent is None:
        sent = known not in _NOTHING_SENT
    if "PoolTimeout" in names:
        return no_connection(timeout)
    if any(name in _TIMEOUTS for name in names):
        doing = "no answer" if sent else "no connection"
        return RequestTimeoutError(f"timed out: {doing} within {timeout:.3g} s", sent=sent)
    text = mask_tokens(str(error)) or type(error).__name__
    if not sent:
        return ConnectError(f"could not connect: {text}")
    return TransportError(f"connection failed: {text}", sent=True)


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
