"""An aiohttp.web application for LiveKit: tokens for participants, webhooks, administration.

It shows who gets which token, what webhooks bring, and what happens while LiveKit is down: callers
get 503. Sessions stand for your own login. Its test is ``test_aiohttp_app.py``.

    pip install 'lkapi-sdk[cli]' aiohttp
    lkapi dev --webhook http://127.0.0.1:3000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export APP_SESSIONS='{"session-of-ann": "ann", "session-of-admin": "admin"}'
    python aiohttp_app.py

With a real server, set the three variables to yours, and name the route in its webhook settings.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import web

import lkapi
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint, documented
from lkapi.web.aiohttp import token_route, webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lkapi.protocol.token_source import TokenSourceRequest

log = logging.getLogger(__name__)
api = lkapi.LiveKitAPI()
events = WebhookRouter(store=MemoryEventStore())  # with several processes: AsyncRedisEventStore
recent: deque[str] = deque(maxlen=50)

# Stands for your own login: bearer tokens of the application and whose they are.
SESSIONS: dict[str, str] = json.loads(os.environ.get("APP_SESSIONS", "{}"))


def current_user(request: web.Request) -> str | None:
    return SESSIONS.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


def require_admin(request: web.Request) -> None:
    if current_user(request) != "admin":
        raise web.HTTPForbidden(text="for admins")


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


async def list_rooms(request: web.Request) -> web.Response:
    require_admin(request)
    return web.json_response([room.name for room in (await api.room.list_rooms()).rooms])


async def create_room(request: web.Request) -> web.Response:
    require_admin(request)
    room = await api.room.create_room(name=request.match_info["name"], empty_timeout=600)
    return web.json_response({"name": room.name, "sid": room.sid}, status=201)


async def delete_room(request: web.Request) -> web.Response:
    require_admin(request)
    await api.room.delete_room(room=request.match_info["name"], missing_ok=True)
    return web.Response(status=204)


async def list_events(request: web.Request) -> web.Response:
    require_admin(request)
    return web.json_response(list(recent))


@web.middleware
async def tell_that_livekit_is_down(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except (lkapi.TransportError, lkapi.UnavailableError) as error:
        log.warning("LiveKit does not answer: %s", error)
        return web.json_response({"detail": "try again later"}, status=503)


async def close_api(_app: web.Application) -> None:
    await api.aclose()


def make_app() -> web.Application:
    app = web.Application(middlewares=[tell_that_livekit_is_down])
    app.on_cleanup.append(close_api)
    app.add_routes(
        [
            webhook_route("/livekit/webhook", WebhookEndpoint(WebhookReceiver(), events.adispatch)),
            # Anybody, as in LiveKit's samples: for trying out.
            token_route("/getToken", TokenEndpoint(documented())),
            token_route("/members/getToken", TokenEndpoint(admit_member), user=current_user),
            web.get("/admin/rooms", list_rooms),
            web.post("/admin/rooms/{name}", create_room),
            web.delete("/admin/rooms/{name}", delete_room),
            web.get("/admin/events", list_events),
        ]
    )
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    web.run_app(make_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
