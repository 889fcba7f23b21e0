"""The token and webhook routes for Django, as URL patterns or plain views, sync and async.

All are exempt from the CSRF check: a webhook has its own signature, and clients of the token
endpoint have no CSRF token. Django ships no types, so it is imported by name.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, sync_to_async

from lkapi.web.responses import too_large

if TYPE_CHECKING:
    from lkapi.web import EndpointResponse, TokenEndpoint, WebhookEndpoint

__all__ = [
    "UserOf",
    "View",
    "async_token_view",
    "async_webhook_view",
    "token_route",
    "token_view",
    "webhook_route",
    "webhook_view",
]

_http: Any = importlib.import_module("django.http")
_urls: Any = importlib.import_module("django.urls")


UserOf = Callable[[Any], Any]
"""Returns the authenticated user of a request, or None."""

View = Callable[..., Any]
"""Accepts the variables of its path, which are also in ``request.resolver_match.kwargs``."""


def token_route(
    path: str, endpoint: TokenEndpoint[Any], *, user: UserOf | None = None, use_async: bool = False
) -> Any:
    """A URL pattern that issues tokens: ``urlpatterns = [token_route("getToken", endpoint)]``.

    Args:
        path: where to mount it; LiveKit's samples use ``/getToken``.
        endpoint: your policy and settings.
        user: returns the authenticated user; default ``request.user`` of AuthenticationMiddleware.
        use_async: make an asynchronous view, for ASGI; policies of either kind work with both.
    """
    make = async_token_view if use_async else token_view
    return _urls.path(path.lstrip("/"), make(endpoint, user=user), name="livekit_token")


def webhook_route(path: str, endpoint: WebhookEndpoint, *, use_async: bool = False) -> Any:
    """A URL pattern that receives webhooks; if your handler raises, Django responds with 500."""
    make = async_webhook_view if use_async else webhook_view
    return _urls.path(path.lstrip("/"), make(endpoint), name="livekit_webhook")


def token_view(endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> View:
    """A view that issues tokens."""
    user_of = _signed_in if user is None else user

    def livekit_token(request: Any, **_: Any) -> Any:
        if _is_large(request, endpoint.max_body_bytes):
            return _respond(too_large(endpoint.max_body_bytes))
        handle = async_to_sync(endpoint.ahandle) if endpoint.is_async else endpoint.handle
        return _respond(handle(request.body, user_of(request), **_facts(request)))

    return _csrf_exempt(livekit_token)


def async_token_view(endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> View:
    """An asynchronous view that issues tokens; a policy that may block runs in Django's thread."""
    user_of = _asigned_in if user is None else user

    async def livekit_token(request: Any, **_: Any) -> Any:
        if _is_large(request, endpoint.max_body_bytes):
            return _respond(too_large(endpoint.max_body_bytes))
        known = user_of(request)
        if inspect.isawaitable(known):
            known = await known
        handle = endpoint.ahandle if endpoint.never_blocks else sync_to_async(endpoint.handle)
        return _respond(await handle(request.body, known, **_facts(request)))

    return _csrf_exempt(livekit_token)


def webhook_view(endpoint: WebhookEndpoint) -> View:
    """A view that receives webhooks."""

    def livekit_webhook(request: Any, **_: Any) -> Any:
        if _is_large(request, endpoint.max_body_bytes):
            return _respond(too_large(endpoint.max_body_bytes))
        handle = async_to_sync(endpoint.ahandle) if endpoint.is_async else endpoint.handle
        token = request.headers.get("Authorization")
        return _respond(handle(request.body, token, method=request.method or ""))

    return _csrf_exempt(livekit_webhook)


def async_webhook_view(endpoint: WebhookEndpoint) -> View:
    """An asynchronous view for webhooks; a handler that may block runs in Django's thread."""

    async def livekit_webhook(request: Any, **_: Any) -> Any:
        if _is_large(request, endpoint.max_body_bytes):
            return _respond(too_large(endpoint.max_body_bytes))
        handle = endpoint.ahandle if endpoint.is_async else sync_to_async(endpoint.handle)
        token = request.headers.get("Authorization")
        return _respond(await handle(request.body, token, method=request.method or ""))

    return _csrf_exempt(livekit_webhook)


def _csrf_exempt(view: View) -> View:
    # Before Django 5.0, its own decorator hides that a view is a coroutine function.
    vars(view)["csrf_exempt"] = True
    return view


def _facts(request: Any) -> dict[str, Any]:
    return {"method": request.method or "", "content_type": request.headers.get("Content-Type")}


def _is_large(request: Any, limit: int) -> bool:
    """Whether the Content-Length is over the limit; Django reads no more than that."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    return length.isdecimal() and int(length) > limit


def _signed_in(request: Any) -> Any:
    return getattr(request, "user", None)


async def _asigned_in(request: Any) -> Any:
    ask: Callable[[], Awaitable[Any]] | None = getattr(request, "auser", None)
    return getattr(request, "user", None) if ask is None else await ask()


def _respond(response: EndpointResponse) -> Any:
    return _http.HttpResponse(response.body, status=response.status, headers=response.headers)
