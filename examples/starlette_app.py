"""A Starlette application for LiveKit: tokens for participants, webhooks, administration.

It shows who gets which token, what webhooks bring, and what happens while LiveKit is down: callers
get 503. Sessions stand for your own login. Its test is ``test_starlette_app.py``.

    pip install 'lkapi-sdk[cli]' starlette uvicorn
    lkapi dev --webhook http://127.0.0.1:3000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export APP_SESSIONS='{"session-of-ann": "ann", "session-of-admin": "admin"}'
    python starlette_app.py

With a real server, set the three variables to yours, and name the route in its webhook settings.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import lkapi
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint, documented
from lkapi.web.starlette import token_route, webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from lkapi.protocol.token_source import TokenSourceRequest

log = logging.getLogger(__name__)
api = lkapi.LiveKitAPI()
events = WebhookRouter(store=MemoryEventStore())  # with several processes: AsyncRedisEventStore
recent: deque[str] = deque(maxlen=50)

# Stands for your own login: bearer tokens of the application and whose they are.
SESSIONS: dict[str, str] = json.loads(os.environ.get("APP_SESSIONS", "{}"))


def current_user(request: Request) -> str | None:
    return SESSIONS.get(request.headers.get("authorization", "").removeprefix("Bearer "))


def require_admin(request: Request) -> None:
    if current_user(request) != "admin":
        raise HTTPException(403, "for admins")


def admit_member(request: TokenSourceRequest, user: str) -> Admission:
    """Members are who they are and choose their room; whatever else they ask for is refused."""
    return Admission(identity=user, name=user.title(), room=request.room_name or "lobby")


@events.any
async def note(event: WebhookEvent) -> None:
    recent.append(event.event)


@events.on("participant_joined", "participant_left")
async def log_traffic(event: WebhookEvent) -> None:
    if event.room is not None and event.participant is not None:
        log.info("%s: %s in %s", event.event, event.participant.identity, event.room.name)


async def list_rooms(request: Request) -> Response:
    require_admin(request)
    return JSONResponse([room.name for room in (await api.room.list_rooms()).rooms])


async def create_room(request: Request) -> Response:
    require_admin(request)
    room = await api.room.create_room(name=request.path_params["name"], empty_timeout=600)
    return JSONResponse({"name": room.name, "sid": room.sid}, 201)


async def delete_room(request: Request) -> Response:
    require_admin(request)
    await api.room.delete_room(room=request.path_params["name"], missing_ok=True)
    return Response(status_code=204)


async def list_events(request: Request) -> Response:
    require_admin(request)
    return JSONResponse(list(recent))


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    yield
    await api.aclose()


def livekit_is_down(_request: Request, error: Exception) -> Response:
    log.warning("LiveKit does not answer: %s", error)
    return JSONResponse({"detail": "try again later"}, 503)


app = Starlette(
    lifespan=lifespan,
    exception_handlers={
        lkapi.TransportError: livekit_is_down,
        lkapi.UnavailableError: livekit_is_down,
    },
    routes=[
        webhook_route("/livekit/webhook", WebhookEndpoint(WebhookReceiver(), events.adispatch)),
        # Anybody, as in LiveKit's samples: for trying out.
        token_route("/getToken", TokenEndpoint(documented())),
        token_route("/members/getToken", TokenEndpoint(admit_member), user=current_user),
        Route("/admin/rooms", list_rooms),
        Route("/admin/rooms/{name}", create_room, methods=["POST"]),
        Route("/admin/rooms/{name}", delete_room, methods=["DELETE"]),
        Route("/admin/events", list_events),
    ],
)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
