"""Handing webhooks on to Celery: the route answers at once, a worker does the work.

LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET say where the server is, CELERY_BROKER_URL where
the queue is. ``pip install celery flask``, then ``celery -A celery_app.queue worker`` and
``flask --app celery_app run``.
"""

from __future__ import annotations

import logging
import os

from celery import Celery
from flask import Flask

import lkapi
from lkapi.web import WebhookEndpoint
from lkapi.web.flask import webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

log = logging.getLogger(__name__)
queue = Celery("celery_app", broker=os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1:6379"))
api = lkapi.SyncLiveKitAPI()  # opens its connections in each worker process on first use
events = WebhookRouter(store=MemoryEventStore())  # with several processes: RedisEventStore


@queue.task(
    autoretry_for=(lkapi.TransportError, lkapi.UnavailableError),
    retry_backoff=True,
    max_retries=5,
    ignore_result=True,
)
def greet(event_json: str) -> None:
    """Greet who joined, by a data message to the room."""
    event = WebhookEvent.from_json(event_json)
    if event.room is None or event.participant is None:
        return
    text = f"{event.participant.name or event.participant.identity} is here"
    api.room.send_data(room=event.room.name, data=text.encode(), topic="greetings")
    log.info("greeted %s in %s", event.participant.identity, event.room.name)


@events.on("participant_joined")
def queue_greeting(event: WebhookEvent) -> None:
    """Runs in the route: no calls, no waiting; a broker that is down makes LiveKit send again."""
    greet.delay(event.to_json())


app = Flask(__name__)
app.register_blueprint(
    webhook_route("/livekit/webhook", WebhookEndpoint(WebhookReceiver(), events.dispatch))
)
