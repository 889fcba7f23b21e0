"""The token and webhook routes for Flask, as blueprints to register or plain views."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from lkapi.web.responses import too_large

if TYPE_CHECKING:
    from lkapi.web import EndpointResponse, TokenEndpoint, WebhookEndpoint

__all__ = ["UserOf", "View", "token_route", "token_view", "webhook_route", "webhook_view"]

View = Callable[..., Response]
"""Accepts the variables of its path, which are also in ``request.view_args``."""

UserOf = Callable[[], Any]
"""Returns the authenticated user of the current request, or None: ``lambda: current_user``."""


def token_route(
    path: str, endpoint: TokenEndpoint[Any], *, user: UserOf | None = None
) -> Blueprint:
    """A blueprint that issues tokens, for ``app.register_blueprint``.

    Args:
        path: where to mount it; LiveKit's samples use ``/getToken``.
        endpoint: your policy and settings.
        user: returns the authenticated user; without it, the policy gets no user.
    """
    return _mounted("livekit_token", path, token_view(endpoint, user=user))


def webhook_route(path: str, endpoint: WebhookEndpoint) -> Blueprint:
    """A blueprint that receives webhooks; if your handler raises, the response is 500.

    With Flask-WTF, exempt it: ``csrf.exempt(blueprint)``.
    """
    return _mounted("livekit_webhook", path, webhook_view(endpoint))


def token_view(endpoint: TokenEndpoint[Any], *, user: UserOf | None = None) -> View:
    """The view of ``token_route``; an asynchronous policy needs ``flask[async]``."""

    def livekit_token(**_: Any) -> Response:
        body = _read(endpoint.max_body_bytes)
        if body is None:
            return _respond(too_large(endpoint.max_body_bytes))
        known = None if user is None else user()
        handle = current_app.ensure_sync(endpoint.ahandle if endpoint.is_async else endpoint.handle)
        content_type = request.headers.get("Content-Type")
        return _respond(handle(body, known, method=request.method, content_type=content_type))

    return livekit_token


def webhook_view(endpoint: WebhookEndpoint) -> View:
    """The view of ``webhook_route``; an asynchronous handler needs ``flask[async]``."""

    def livekit_webhook(**_: Any) -> Response:
        body = _read(endpoint.max_body_bytes)
        if body is None:
            return _respond(too_large(endpoint.max_body_bytes))
        handle = current_app.ensure_sync(endpoint.ahandle if endpoint.is_async else endpoint.handle)
        token = request.headers.get("Authorization")
        return _respond(handle(body, token, method=request.method))

    return livekit_webhook


def _mounted(name: str, path: str, view: View) -> Blueprint:
    blueprint = Blueprint(f"{name}{path.replace('/', '_').replace('.', '_')}", __name__)
    blueprint.add_url_rule(path, name, view, methods=["POST"])
    return blueprint


def _read(limit: int) -> bytes | None:
    """The body as received, even if it was read before; None if it exceeds the limit."""
    with suppress(AttributeError):  # before Flask 3.1 there is one limit for the whole application
        request.max_content_length = limit
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        return None


def _respond(response: EndpointResponse) -> Response:
    return Response(response.body, response.status, response.headers)
