"""A FastAPI application for LiveKit: tokens for participants, webhooks, administration.

It shows who gets which token, what webhooks bring, and what happens while LiveKit is down: callers
get 503. Sessions stand for your own login. Its test is ``test_fastapi_app.py``.

    pip install 'lkapi-sdk[cli]' fastapi uvicorn
    lkapi dev --webhook http://127.0.0.1:3000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export APP_SESSIONS='{"session-of-ann": "ann", "session-of-admin": "admin"}'
    python fastapi_app.py

With a real server, set the three variables to yours, and name the route in its webhook settings.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse

import lkapi
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint, documented
from lkapi.web.fastapi import token_route, webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lkapi.protocol.token_source import TokenSourceRequest

log = logging.getLogger(__name__)
api = lkapi.LiveKitAPI()
events = WebhookRouter(store=MemoryEventStore())  # with several processes: AsyncRedisEventStore
recent: deque[str] = deque(maxlen=50)

# Stands for your own login: bearer tokens of the application and whose they are.
SESSIONS: dict[str, str] = json.loads(os.environ.get("APP_SESSIONS", "{}"))


def current_user(authorization: Annotated[str, Header()] = "") -> str:
    user = SESSIONS.get(authorization.removeprefix("Bearer "))
    if user is None:
        raise HTTPException(401, "log in first")
    return user


def current_admin(user: Annotated[str, Depends(current_user)]) -> None:
    if user != "admin":
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


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    await api.aclose()


def livekit_is_down(_request: Request, error: Exception) -> JSONResponse:
    log.warning("LiveKit does not answer: %s", error)
    return JSONResponse({"detail": "try again later"}, 503)


app = FastAPI(lifespan=lifespan)
app.add_exception_handler(lkapi.TransportError, livekit_is_down)
app.add_exception_handler(lkapi.UnavailableError, livekit_is_down)
app.include_router(
    webhook_route("/livekit/webhook", WebhookEndpoint(WebhookReceiver(), events.adispatch))
)
# Anybody, as in LiveKit's samples: for trying out.
app.include_router(token_route("/getToken", TokenEndpoint(documented())))
app.include_router(token_route("/members/getToken", TokenEndpoint(admit_member), user=current_user))


@app.get("/admin/rooms", dependencies=[Depends(current_admin)])
async def list_rooms() -> list[str]:
    return [room.name for room in (await api.room.list_rooms()).rooms]


@app.post("/admin/rooms/{name}", status_code=201, dependencies=[Depends(current_admin)])
async def create_room(name: str) -> dict[str, object]:
    room = await api.room.create_room(name=name, empty_timeout=600)
    return {"name": room.name, "sid": room.sid}


@app.delete("/admin/rooms/{name}", dependencies=[Depends(current_admin)])
async def delete_room(name: str) -> Response:
    await api.room.delete_room(room=name, missing_ok=True)
    return Response(status_code=204)


@app.get("/admin/events", dependencies=[Depends(current_admin)])
def list_events() -> list[str]:
    return list(recent)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
