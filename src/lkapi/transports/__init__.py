"""How requests travel: what may be given as ``transport=``, and what becomes of it."""

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

BUILT_IN: Final = ("direct", "httpcore2")
"""Straight over sockets, the default; and over the pools of httpcore2, which proxies need."""


def open_async(name: str, options: HTTPOptions) -> Callable[[], AsyncTransport]:
    """A function that opens connections of the named kind for the running event loop."""
    _check_name(name)

    def opener() -> AsyncTransport:
        if name == "httpcore2":
            from lkapi.transports.proxied import AsyncProxiedTransport

            return AsyncProxiedTransport(options)
        from lkapi.transports.direct import AsyncDirectTransport

        return AsyncDirectTransport(options)

    return opener


def open_sync(name: str, options: HTTPOptions) -> Callable[[], SyncTransport]:
    """A function that opens connections of the named kind for this process."""
    _check_name(name)

    def opener() -> SyncTransport:
        if name == "httpcore2":
            from lkapi.transports.proxied import SyncProxiedTransport

            return SyncProxiedTransport(options)
        from lkapi.transports.direct import SyncDirectTransport

        return SyncDirectTransport(options)

    return opener


def _check_name(name: str) -> None:
    if name not in BUILT_IN:
        raise SettingsError(f"no transport is called {name!r}: there is {' and '.join(BUILT_IN)}")


def adopt_async(given: object, options: HTTPOptions) -> AsyncTransport:
    """Make a transport of what a user gave: one already, an httpx client, an aiohttp session.

    Raises:
        TypeError: it is none of these.
    """
    if hasattr(given, "asend"):
        return cast("AsyncTransport", given)
    kinds = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(given).__mro__]
    if "httpx2.AsyncClient" in kinds or "httpx.AsyncClient" in kinds:
        from lkapi.transports.httpx2 import AsyncClientTransport

        return AsyncClientTransport(cast("Any", given), options.limits.max_response_bytes)
    if "aiohttp.ClientSession" in kinds:
        from lkapi.transports.aiohttp import AiohttpTransport

        return AiohttpTransport(cast("Any", given), options.limits.max_response_bytes)
    raise TypeError(
        f"a {type(given).__name__} cannot carry the calls of the async client: give a name, "
        "an httpx.AsyncClient or httpx2.AsyncClient, an aiohttp session, or an object with asend()"
    )


def adopt_sync(given: object, options: HTTPOptions) -> SyncTransport:
    """Make a transport of what a user gave: one already, or an httpx client.

    Raises:
        TypeError: it is neither.
    """
    if hasattr(given, "send") and hasattr(given, "close") and not hasattr(given, "build_request"):
        return cast("SyncTransport", given)
    kinds = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(given).__mro__]
    if "httpx2.Client" in kinds or "httpx.Client" in kinds:
        from lkapi.transports.httpx2 import SyncClientTransport

        return SyncClientTransport(cast("Any", given), options.limits.max_response_bytes)
    raise TypeError(
        f"a {type(given).__name__} cannot carry the calls of the sync client: give a name, "
        "an httpx.Client or httpx2.Client, or an object with send() and close()"
    )
