"""The token and webhook routes for aiohttp.web, also as plain handlers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from lkapi.web.responses import too_large

if TYPE_CHECKING:
    from lkapi.web import EndpointResponse, TokenEndpoint, WebhookEndpoint

__all__ = ["UserOf", "View", "token_route", "token_view", "webhook_route", "webhook_view"]

View = Callable[[web.Request], Awaitable[web.Response]]
UserOf = Callable[[web.Request], Any]
"""Returns the authenticated user of a request, or None; a function or a coroutine function."""


def token_route(
    path: str, endpoint: TokenEndpoint[Any], *, user: UserOf | None = None
) -> web.RouteDef:
    """A route that issues tokens: ``app.add_routes([token_route("/getToken", endpoint)])``.

    Args:
        path: where to mount it; LiveKit's samples use ``/getToken``.
        endpoint: your policy and settings.
        user: returns the authenticated user; without it, the policy gets no user.
    """
    return web.post(path, token_view(endpoint, user=user))


def webhook_route(path: str, endpoint: WebhookEndpoint) -> web.RouteDef:
    """A route that receives webhooks; if your handler raises, the response is 500."""
    return web.post(path, webhook_view(endpoint))


def token_view(endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> View:
    """The handler of ``token_route``; a policy that may block runs in a thread."""

    async def livekit_token(request: web.Request) -> web.Response:
        known = None if user is None else user(request)
        if inspect.isawaitable(known):
            known = await known
        body = await _read(request)
        if body is None:
            return _respond(too_large(endpoint.max_body_bytes))
        method, kind = request.method, request.headers.get("Content-Type")
        if endpoint.never_blocks:
            return _respond(await endpoint.ahandle(body, known, method=method, content_type=kind))
        return _respond(
            await asyncio.to_thread(endpoint.handle, body, known, method=method, content_type=kind)
        )

    return livekit_token


def webhook_view(endpoint: WebhookEndpoint) -> View:
    """The handler of ``webhook_route``; if your handler may block, it runs in a thread."""

    async def livekit_webhook(request: web.Request) -> web.Response:
        body = await _read(request)
        if body is None:
            return _respond(too_large(endpoint.max_body_bytes))
        token, method = request.headers.get("Authorization"), request.method
        if endpoint.is_async:
            return _respond(await endpoint.ahandle(body, token, method=method))
        return _respond(await asyncio.to_thread(endpoint.handle, body, token, method=method))

    return livekit_webhook


async def _read(request: web.Request) -> bytes | None:
    """The body as received; None if it exceeds the application's ``client_max_size``."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _respond(response: EndpointResponse) -> web.Response:
    return web.Response(status=response.status, headers=response.headers, body=response.body)
