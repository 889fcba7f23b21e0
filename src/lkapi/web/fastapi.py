"""The token and webhook routes for FastAPI, as routers to include."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response

from lkapi.web.starlette import answer_token, answer_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.web import TokenEndpoint, WebhookEndpoint

__all__ = ["token_route", "webhook_route"]


async def _nobody() -> None:
    """No user: the policy decides without one. FastAPI would call a plain function in a thread."""


def token_route(
    path: str, endpoint: TokenEndpoint[Any], *, user: Callable[..., Any] = _nobody
) -> APIRouter:
    """A router that issues tokens: ``app.include_router(token_route("/getToken", endpoint))``.

    Args:
        path: where to mount it; LiveKit's samples use ``/getToken``.
        endpoint: your policy and settings.
        user: a dependency that returns the authenticated user or None, or raises HTTPException.
    """
    router = APIRouter()
    signed_in: Any = Depends(user)

    async def livekit_token(request: Request, user: Any = signed_in) -> Response:
        return await answer_token(endpoint, request, user)

    router.add_api_route(path, livekit_token, methods=["POST"], status_code=201)
    return router


def webhook_route(path: str, endpoint: WebhookEndpoint) -> APIRouter:
    """A router that receives webhooks; if your handler raises, the response is 500."""
    router = APIRouter()

    async def livekit_webhook(request: Request) -> Response:
        return await answer_webhook(endpoint, request)

    router.add_api_route(path, livekit_webhook, methods=["POST"], include_in_schema=False)
    return router
