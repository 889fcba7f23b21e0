"""Tokens and webhooks as a user's type checker sees them; checked, never run."""

from __future__ import annotations

from datetime import datetime, timedelta

import redis
import redis.asyncio
from typing_extensions import assert_type

from lkapi.auth import AccessToken, Claims, TokenVerifier, TrackSource, VideoGrants
from lkapi.protocol.models import TrackSource as WireTrackSource
from lkapi.protocol.room import RoomConfiguration
from lkapi.webhook import (
    AsyncRedisEventStore,
    MemoryEventStore,
    RedisEventStore,
    WebhookEvent,
    WebhookReceiver,
    WebhookRouter,
)


def mint() -> str:
    token = AccessToken(identity="ann", ttl="10m", kind="agent", attributes={"a": "b"})
    assert_type(token.add_grant(room_join=True, room="demo"), AccessToken)
    token.with_grants(VideoGrants(True, can_publish_sources=[TrackSource.CAMERA, "microphone"]))
    token.add_grant(can_publish_sources=[WireTrackSource.CAMERA])
    token.with_room_config({"agents": [{"agent_name": "x"}]}).with_room_config(RoomConfiguration())
    return token.with_ttl(timedelta(hours=1)).with_ttl(60).to_jwt()


def verify(token: str) -> datetime | None:
    claims = TokenVerifier(keys={"new": "a", "old": ["b", "c"]}).verify(token)
    assert_type(claims, Claims)
    assert_type(claims.video, VideoGrants | None)
    assert_type(claims.room_config, RoomConfiguration | None)
    return claims.expires_at


def find(api_key: str) -> str | None:
    return None


def receive(body: bytes, auth: str) -> None:
    for receiver in (
        WebhookReceiver(("k", "s")),
        WebhookReceiver({"k": "s"}),
        WebhookReceiver(find),
    ):
        assert_type(receiver.receive(body, auth), WebhookEvent)
    assert_type(WebhookReceiver(TokenVerifier()).receive_delivery(body, auth).event, WebhookEvent)


def route(blocking: redis.Redis, coroutines: redis.asyncio.Redis) -> None:
    WebhookRouter(store=RedisEventStore(blocking, when_down="handle"))
    WebhookRouter(store=AsyncRedisEventStore(coroutines, when_down="refuse"))
    router = WebhookRouter(on_error="finish", store=MemoryEventStore())

    @router.on("room_started", "a_name_of_tomorrow")
    def started(event: WebhookEvent) -> int:
        return event.created_at

    @router.any
    async def everything(event: WebhookEvent) -> None: ...

    assert_type(started(WebhookEvent()), int)
    assert_type(router.dispatch(WebhookEvent()), bool)
