"""Transports: what can be passed as ``transport=``, and how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from lkapi.errors import SettingsError
from lkapi.transports.base import AsyncTransport, Request, Response, SyncTransport
from lkapi.transports.options import HTTPOptions, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AsyncTransport",
    "HTTPOptions",
    "Limits",
    "Request",
    "Response",
    "SyncTransport",
    "adopt_async",
    "adopt_sync",
    "open_async",
    "open_sync",
]

ASYNC_BUILT_IN: Final = "aiohttp"
SYNC_BUILT_IN: Final = "http.client"


def open_async(name: str | None, options: HTTPOptions) -> Callable[[], AsyncTransport]:
    """A function that opens the built-in transport for the running event loop."""
    _check_name(name, ASYNC_BUILT_IN, "async")

    def opener() -> AsyncTransport:
        from lkapi.transports.aiohttp import AiohttpTransport

        return AiohttpTransport(options)

    return opener


def open_sync(name: str | None, options: HTTPOptions) -> Callable[[], SyncTransport]:
    """A function that opens the built-in transport for this process."""
    _check_name(name, SYNC_BUILT_IN, "sync")

    def opener() -> SyncTransport:
        from lkapi.transports.http_client import HTTPClientTransport

        return HTTPClientTransport(options)

    return opener


def _check_name(name: str | None, built_in: str, face: str) -> None:
    if name not in (None, built_in):
        raise SettingsError(
            f"no transport of the {face} client is called {name!r}: there is {built_in!r}, "
            "and clients of yours may be given"
        )


def adopt_async(given: object, options: HTTPOptions) -> AsyncTransport:
    """Make a transport from what a user passed: a transport, an httpx client, an aiohttp session.

    Raises:
        TypeError: it is none of these.
    """
    limit = options.limits.max_response_bytes
    if hasattr(given, "asend"):
        return cast("AsyncTransport", given)
    if _is_any(given, "httpx2.AsyncClient", "httpx.AsyncClient"):
        from lkapi.transports.httpx2 import AsyncClientTransport

        return AsyncClientTransport(cast("Any", given), limit)
    if _is_any(given, "aiohttp.ClientSession"):
        from lkapi.transports.aiohttp import SessionTransport

        return SessionTransport(cast("Any", given), limit)
    raise TypeError(
        f"a {type(given).__name__} cannot carry the calls of the async client: give an aiohttp "
        "session, an httpx.AsyncClient or httpx2.AsyncClient, or an object with asend()"
    )


def adopt_sync(given: object, options: HTTPOptions) -> SyncTransport:
    """Make a transport from what a user passed: a transport, or an httpx client.

    Raises:
        TypeError: it is neither.
    """
    if hasattr(given, "send") and hasattr(given, "close") and not hasattr(given, "build_request"):
        return cast("SyncTransport", given)
    if _is_any(given, "httpx2.Client", "httpx.Client"):
        from lkapi.transports.httpx2 import SyncClientTransport

        return SyncClientTransport(cast("Any", given), options.limits.max_response_bytes)
    raise TypeError(
        f"a {type(given).__name__} cannot carry the calls of the sync client: give an "
        "httpx.Client or httpx2.Client, or an object with send() and close()"
    )


def _is_any(given: object, *names: str) -> bool:
    """Whether it is of one of these classes, without importing their libraries."""
    kinds = type(given).__mro__
    return any(f"{kind.__module__.partition('.')[0]}.{kind.__name__}" in names for kind in kinds)
