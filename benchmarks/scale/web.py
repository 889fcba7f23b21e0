"""The web tier: verifies a delivery, puts it into the queue, answers. ``uvicorn`` runs it."""

from __future__ import annotations

from starlette.applications import Starlette

from benchmarks.scale.worker import work_on
from lkapi.web import WebhookEndpoint
from lkapi.web.starlette import webhook_route
from lkapi.webhook import WebhookEvent, WebhookReceiver


def enqueue(event: WebhookEvent) -> None:
    """In a thread of the framework's: publishing blocks."""
    work_on.delay(event.to_json())


endpoint = WebhookEndpoint(WebhookReceiver(), enqueue)
app = Starlette(routes=[webhook_route("/livekit/webhook", endpoint)])
