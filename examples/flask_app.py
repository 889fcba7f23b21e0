"""A Flask application for LiveKit: tokens for participants, webhooks, administration.

It shows who gets which token, what webhooks bring, and what happens while LiveKit is down: callers
get 503. Sessions stand for your own login. Its test is ``test_flask_app.py``.

    pip install 'lkapi-sdk[cli]' flask
    lkapi dev --webhook http://127.0.0.1:3000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export APP_SESSIONS='{"session-of-ann": "ann", "session-of-admin": "admin"}'
    python flask_app.py

With a real server, set the three variables to yours, and name the route in its webhook settings.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from typing import TYPE_CHECKING

from flask import Flask, abort, request

import lkapi
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint, documented
from lkapi.web.flask import token_route, webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from lkapi.protocol.token_source import TokenSourceRequest

log = logging.getLogger(__name__)
api = lkapi.SyncLiveKitAPI()  # one for all threads, for as long as the process lives
events = WebhookRouter(store=MemoryEventStore())  # with several processes: RedisEventStore
recent: deque[str] = deque(maxlen=50)

# Stands for your own login: bearer tokens of the application and whose they are.
SESSIONS: dict[str, str] = json.loads(os.environ.get("APP_SESSIONS", "{}"))


def current_user() -> str | None:
    return SESSIONS.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


def require_admin() -> None:
    if current_user() != "admin":
        abort(403, "for admins")


def admit_member(request: TokenSourceRequest, user: str) -> Admission:
    """Members are who they are and choose their room; whatever else they ask for is refused."""
    return Admission(identity=user, name=user.title(), room=request.room_name or "lobby")


@events.any
def note(event: WebhookEvent) -> None:
    recent.append(event.event)


@events.on("participant_joined", "participant_left")
def log_traffic(event: WebhookEvent) -> None:
    if event.room is not None and event.participant is not None:
        log.info("%s: %s in %s", event.event, event.participant.identity, event.room.name)


app = Flask(__name__)


@app.errorhandler(lkapi.TransportError)
@app.errorhandler(lkapi.UnavailableError)
def livekit_is_down(error: Exception) -> tuple[dict[str, str], int]:
    log.warning("LiveKit does not answer: %s", error)
    return {"detail": "try again later"}, 503


app.register_blueprint(
    webhook_route("/livekit/webhook", WebhookEndpoint(WebhookReceiver(), events.dispatch))
)
# Anybody, as in LiveKit's samples: for trying out.
app.register_blueprint(token_route("/getToken", TokenEndpoint(documented())))
app.register_blueprint(
    token_route("/members/getToken", TokenEndpoint(admit_member), user=current_user)
)


@app.get("/admin/rooms")
def list_rooms() -> list[str]:
    require_admin()
    return [room.name for room in api.room.list_rooms().rooms]


@app.post("/admin/rooms/<name>")
def create_room(name: str) -> tuple[dict[str, object], int]:
    require_admin()
    room = api.room.create_room(name=name, empty_timeout=600)
    return {"name": room.name, "sid": room.sid}, 201


@app.delete("/admin/rooms/<name>")
def delete_room(name: str) -> tuple[str, int]:
    require_admin()
    api.room.delete_room(room=name, missing_ok=True)
    return "", 204


@app.get("/admin/events")
def list_events() -> list[str]:
    require_admin()
    return list(recent)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
