"""``POST /webhook``: deliveries of LiveKit, verified before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

import lkapi

if TYPE_CHECKING:
    from starlette.requests import Request

    from lkapi.console.console import Console

__all__ = ["receive_webhook"]

_MAX_BYTES: Final = 1_000_000


async def receive_webhook(console: Console, request: Request) -> Response:
    """204 for a genuine delivery; otherwise 401, 400 or 413, without a reason."""
    settings = console.settings
    if not settings.can_sign:
        return PlainTextResponse("this console has no key to verify with", status_code=503)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            return Response(status_code=413)
    receiver = lkapi.WebhookReceiver(lkapi.TokenVerifier(settings.api_key, settings.api_secret))
    try:
        event = receiver.receive(body, request.headers.get("authorization", ""))
    except lkapi.WebhookBodyError:
        console.refuse()
        return Response(status_code=400)
    except lkapi.WebhookError:
        console.refuse()
        return Response(status_code=401)
    console.hear(event, body)
    return Response(status_code=204)
