"""The test of ``aiohttp_app.py``, with nothing but lkapi's pytest plugin; see ``pytest.ini``."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from aiohttp_app import SESSIONS, make_app

NOBODY, ANN, ADMIN = ({"Authorization": f"Bearer {name}"} for name in ("", "s1", "s2"))

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def client():
    SESSIONS.update(s1="ann", s2="admin")
    async with TestClient(TestServer(make_app())) as client:
        yield client


async def test_the_application(client, livekit_server, livekit_webhooks):
    """Tokens, administration and webhooks; and what callers get while LiveKit is down."""
    told = await client.post("/members/getToken", json={"room_name": "club"}, headers=ANN)
    assert told.status == 201
    ann = livekit_server.join_with((await told.json())["participant_token"])
    assert (ann.identity, ann.room_name) == ("ann", "club")
    assert (await client.post("/members/getToken", json={}, headers=NOBODY)).status == 401

    assert (await client.post("/admin/rooms/board", headers=ADMIN)).status == 201
    assert (await client.get("/admin/rooms", headers=ANN)).status == 403

    async def post(url, headers, body):
        return (await client.post("/livekit/webhook", data=body, headers=headers)).status

    livekit_webhooks.deliver_to(post)
    await livekit_webhooks.await_for("room_started", room="board")
    events = await (await client.get("/admin/events", headers=ADMIN)).json()
    assert {"room_started", "participant_joined"} <= set(events)

    livekit_server.faults.fail(method="ListRooms", status=503)
    assert (await client.get("/admin/rooms", headers=ADMIN)).status == 503
