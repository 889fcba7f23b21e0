"""The token and webhook routes for Starlette, also as plain endpoints to mount where you like."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from lkapi.web import EndpointResponse, TokenEndpoint, WebhookEndpoint

__all__ = [
    "UserOf",
    "View",
    "answer_token",
    "answer_webhook",
    "read_body",
    "respond",
    "token_route",
    "token_view",
    "webhook_route",
    "webhook_view",
]

View = Callable[["Request"], Awaitable[Response]]
UserOf = Callable[["Request"], Any]
"""Returns the authenticated user of a request, or None; a function or a coroutine function."""


def token_route(path: str, endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> Route:
    """A route that issues tokens: ``Starlette(routes=[token_route("/getToken", endpoint)])``.

    Args:
        path: where to mount it; LiveKit's samples use ``/getToken``.
        endpoint: your policy and settings.
        user: returns the authenticated user; default ``request.user`` of AuthenticationMiddleware.
    """
    return Route(path, token_view(endpoint, user=user), methods=["POST"], name="livekit_token")


def webhook_route(path: str, endpoint: WebhookEndpoint) -> Route:
    """A route that receives webhooks; if your handler raises, the response is 500."""
    return Route(path, webhook_view(endpoint), methods=["POST"], name="livekit_webhook")


def token_view(endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> View:
    """The endpoint function of ``token_route``."""
    user_of = _signed_in if user is None else user

    async def livekit_token(request: Request) -> Response:
        return await answer_token(endpoint, request, await _await_if_needed(user_of(request)))

    return livekit_token


def webhook_view(endpoint: WebhookEndpoint) -> View:
    """The endpoint function of ``webhook_route``."""

    async def livekit_webhook(request: Request) -> Response:
        return await answer_webhook(endpoint, request)

    return livekit_webhook


async def answer_token(endpoint: TokenEndpoint[Any], request: Request, user: object) -> Response:
    """Respond to one token request; a policy that may block runs in a thread."""
    body = await read_body(request, endpoint.max_body_bytes)
    method, kind = request.method, request.headers.get("content-type")
    if endpoint.never_blocks:
        return respond(await endpoint.ahandle(body, user, method=method, content_type=kind))
    return respond(
        await run_in_threadpool(endpoint.handle, body, user, method=method, content_type=kind)
    )


async def answer_webhook(endpoint: WebhookEndpoint, request: Request) -> Response:
    """Respond to one webhook; a handler that may block runs in a thread."""
    body = await read_body(request, endpoint.max_body_bytes)
    token = request.headers.get("authorization")
    if endpoint.is_async:
        return respond(await endpoint.ahandle(body, token, method=request.method))
    return respond(await run_in_threadpool(endpoint.handle, body, token, method=request.method))


async def read_body(request: Request, limit: int) -> bytes:
    """The body as received; if it is larger than ``limit``, only its beginning."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body)


def respond(response: EndpointResponse) -> Response:
    """A response of the framework."""
    return Response(response.body, response.status, response.headers)


def _signed_in(request: Request) -> Any:
    return request.scope.get("user")


async def _await_if_needed(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
