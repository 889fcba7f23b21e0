"""Handing webhooks on to Celery: the route answers at once, a worker does the work.

It shows what a task is tried again for, and what happens while the broker is down: the route does
not take the event, and LiveKit sends it again. Its test is ``test_celery_app.py``.

    pip install 'lkapi-sdk[cli]' celery redis flask
    lkapi dev --webhook http://127.0.0.1:5000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export CELERY_BROKER_URL=redis://127.0.0.1:6379
    celery -A celery_app.queue worker
    flask --app celery_app run

With a real server, set the three variables to yours, and name the route in its webhook settings.
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
