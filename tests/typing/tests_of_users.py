"""A user's tests with the pytest plugin: type checkers find nothing to say. Never executed."""

from __future__ import annotations

from typing_extensions import assert_type

import lkapi
import lkapi.testing
from lkapi.devserver import Clock, Faults, SimulatedParticipant, World
from lkapi.protocol.webhook import WebhookEvent
from lkapi.testing import CapturedWebhooks, Delivery, LiveKitServer


def test_fixtures(
    livekit_server: LiveKitServer,
    livekit_api_sync: lkapi.SyncLiveKitAPI,
    livekit_env: dict[str, str],
    livekit_webhooks: CapturedWebhooks,
) -> None:
    """What fixtures are annotated with, and what they give."""
    assert_type(livekit_server.join("ann", "demo", name="Ann"), SimulatedParticipant)
    assert_type(livekit_server.token("ann", "demo", expired=True), str)
    assert_type(livekit_server.world, World)
    assert_type(livekit_server.clock, Clock)
    assert_type(livekit_server.faults, Faults)
    assert_type(livekit_server.webhooks, CapturedWebhooks)
    assert_type(livekit_server.sync_client(timeout=3), lkapi.SyncLiveKitAPI)
    assert_type(livekit_webhooks.wait_for("room_started", room="demo"), WebhookEvent)
    assert_type(livekit_webhooks.deliveries, list[Delivery])
    livekit_webhooks.deliver_to(lambda url, headers, body: 204)
    livekit_webhooks.deliver_to("http://127.0.0.1:3000/livekit/webhook")
    print(livekit_api_sync, livekit_env["LIVEKIT_URL"])


async def test_async(livekit_api: lkapi.LiveKitAPI, livekit_webhooks: CapturedWebhooks) -> None:
    """The async client, and a receiver that is a coroutine function."""

    async def post(url: str, headers: object, body: bytes) -> int:
        return 204

    livekit_webhooks.deliver_to(post)
    await livekit_api.room.create_room(name="demo")
    assert_type(await livekit_webhooks.await_for("room_started"), WebhookEvent)


def plain() -> None:
    """Without pytest."""
    with lkapi.testing.server("self-hosted", environ=True, egress_worker=True) as server:
        assert_type(server, LiveKitServer)
