"""A moderation bot: lists who is there, mutes, silences and removes, and keeps it so.

It shows commands for moderators over HTTP, and a bot behind them that goes on by webhooks: whoever
was silenced is silenced again after coming back, whoever was banned is removed again. A token
cannot be taken back, so this is how a ban is kept while it lives.

    pip install 'lkapi-sdk[cli]' fastapi uvicorn
    lkapi dev --webhook http://127.0.0.1:8000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    MODERATOR_TOKEN=open-sesame uvicorn --factory moderation:make_app
    curl -H 'Authorization: Bearer open-sesame' http://127.0.0.1:8000/rooms/demo

With a real server, name the route in its webhook settings.
"""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

import lkapi
from lkapi.web import WebhookEndpoint
from lkapi.web.fastapi import webhook_route
from lkapi.webhook import MemoryEventStore, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lkapi.webhook import WebhookEvent

log = logging.getLogger(__name__)


class Moderation:
    """What moderators decided, by room and identity; kept in memory."""

    def __init__(self, api: lkapi.LiveKitAPI) -> None:
        self.api = api
        self.silenced: set[tuple[str, str]] = set()
        self.banned: set[tuple[str, str]] = set()
        self.events = WebhookRouter(store=MemoryEventStore())
        self.events.on("participant_joined")(self.greet)
        self.events.on("room_finished")(self.forget)

    # commands

    async def people(self, room: str) -> list[dict[str, object]]:
        found = await self.api.room.list_participants(room=room)
        return [
            {
                "identity": person.identity,
                "name": person.name,
                "tracks": {track.name or track.sid: track.muted for track in person.tracks},
                "silenced": (room, person.identity) in self.silenced,
            }
            for person in found.participants
        ]

    async def mute(self, room: str, identity: str) -> list[str]:
        """Mute what somebody publishes; who is muted may unmute. Names of the tracks."""
        person = await self.api.room.get_participant(room=room, identity=identity)
        talking = [track for track in person.tracks if not track.muted]
        for track in talking:
            await self.api.room.mute_published_track(
                room=room, identity=identity, track_sid=track.sid, muted=True
            )
        return [track.name or track.sid for track in talking]

    async def silence(self, room: str, identity: str) -> None:
        """Take away the right to publish, which ends what is published."""
        await self.api.room.update_participant(
            room=room, identity=identity, permission_changes={"can_publish": False}
        )
        self.silenced.add((room, identity))

    async def let_speak(self, room: str, identity: str) -> None:
        """Give the right back."""
        self.silenced.discard((room, identity))
        await self.api.room.update_participant(
            room=room, identity=identity, permission_changes={"can_publish": True}
        )

    async def remove(self, room: str, identity: str, *, ban: bool) -> None:
        """Remove somebody, who may be gone already."""
        if ban:
            self.banned.add((room, identity))
        await self.api.room.remove_participant(room=room, identity=identity, missing_ok=True)

    # webhooks

    async def greet(self, event: WebhookEvent) -> None:
        if event.room is None or event.participant is None:
            return
        where = event.room.name, event.participant.identity
        try:
            if where in self.banned:
                await self.remove(*where, ban=True)
            elif where in self.silenced:
                await self.silence(*where)
        except lkapi.NotFoundError:
            log.info("%s has left %s again", where[1], where[0])

    def forget(self, event: WebhookEvent) -> None:
        """What was decided ends with the room; bans stay."""
        if event.room:
            name = event.room.name
            self.silenced = {where for where in self.silenced if where[0] != name}


routes = APIRouter(prefix="/rooms")


def current_moderation(
    request: Request, authorization: Annotated[str, Header()] = ""
) -> Moderation:
    """For moderators, who share a token; put your own login here."""
    expected = f"Bearer {request.app.state.token}"
    if not secrets.compare_digest(authorization.encode(), expected.encode()):
        raise HTTPException(401, "for moderators")
    moderation: Moderation = request.app.state.moderation
    return moderation


Used = Annotated[Moderation, Depends(current_moderation)]


@routes.get("/{room}")
async def list_people(moderation: Used, room: str) -> list[dict[str, object]]:
    return await moderation.people(room)


@routes.post("/{room}/{identity}/mute")
async def mute(moderation: Used, room: str, identity: str) -> dict[str, list[str]]:
    return {"muted": await moderation.mute(room, identity)}


@routes.post("/{room}/{identity}/silence", status_code=204)
async def silence(moderation: Used, room: str, identity: str) -> None:
    await moderation.silence(room, identity)


@routes.delete("/{room}/{identity}/silence", status_code=204)
async def let_speak(moderation: Used, room: str, identity: str) -> None:
    await moderation.let_speak(room, identity)


@routes.delete("/{room}/{identity}", status_code=204)
async def remove(moderation: Used, room: str, identity: str, ban: bool = False) -> None:
    await moderation.remove(room, identity, ban=ban)


def not_there(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"no such room or participant: {error}"}, 404)


def not_now(_request: Request, error: Exception) -> JSONResponse:
    log.warning("LiveKit is out of reach: %s", error)
    return JSONResponse({"detail": "LiveKit does not answer; try again"}, 503)


def make_app() -> FastAPI:
    api = lkapi.LiveKitAPI()
    moderation = Moderation(api)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await api.aclose()

    app = FastAPI(lifespan=lifespan)
    app.state.moderation = moderation
    app.state.token = os.environ["MODERATOR_TOKEN"]
    app.add_exception_handler(lkapi.NotFoundError, not_there)
    app.add_exception_handler(lkapi.UnavailableError, not_now)
    app.add_exception_handler(lkapi.TransportError, not_now)
    app.include_router(routes)
    endpoint = WebhookEndpoint(WebhookReceiver(), moderation.events.adispatch)
    app.include_router(webhook_route("/livekit/webhook", endpoint))
    return app
