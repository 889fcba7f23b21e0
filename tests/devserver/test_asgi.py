"""The embedded server as an ASGI application."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from lkapi.devserver import ASGIApp, DevServer, SystemClock, World, WorldConfig
from tests.devserver.tokens import KEYS, video

CREATE = "/twirp/livekit.RoomService/CreateRoom"


@pytest.fixture
def app() -> ASGIApp:
    return ASGIApp(World(keys=KEYS))


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://lk.test:99")


async def test_calls_through_a_test_client(app: ASGIApp) -> None:
    """A call with its token, and a region list that names the host asked."""
    headers = {"Authorization": f"Bearer {video(time.time(), roomCreate=True)}"}
    async with client_of(app) as client:
        answer = await client.post(CREATE, json={"name": "demo"}, headers=headers)
        assert (answer.status_code, answer.json()["name"]) == (200, "demo")
        answer = await client.get("/settings/regions")
        assert answer.json()["regions"][0]["url"] == "http://lk.test:99"
        answer = await client.get("/rtc/validate?access_token=x")
        assert answer.text == "invalid authorization token"
    assert app.world.rooms.keys() == {"demo"}


async def test_head_and_redirect(app: ASGIApp) -> None:
    """Headers come through as they are."""
    async with client_of(app) as client:
        assert (await client.head("/")).headers["content-length"] == "2"
        answer = await client.post("/twirp//livekit.RoomService/ListRooms")
        assert (answer.status_code, answer.headers["location"][0]) == (307, "/")


async def test_faults(app: ASGIApp) -> None:
    """A dropped connection is an exception, a truncated answer is short, a delay is waited."""
    async with client_of(app) as client:
        app.server.faults.fail_once(drop="before")
        with pytest.raises(ConnectionAbortedError):
            await client.get("/")
        app.server.faults.fail_once(truncate=1)
        assert (await client.get("/")).content == b"O"
        app.server.faults.fail_once(delay=0.1)
        before = time.monotonic()
        assert (await client.get("/")).content == b"OK"
        assert time.monotonic() - before >= 0.1


async def talk(app: ASGIApp, scope: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    """What the application sends when it receives these messages."""
    left, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_lifespan_and_websocket(app: ASGIApp) -> None:
    """The lifespan is completed; a socket, which would need media, is refused."""
    life = await talk(
        app, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    )
    assert [message["type"] for message in life] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    refused = await talk(app, {"type": "websocket"}, {"type": "websocket.connect"})
    assert refused == [{"type": "websocket.close", "code": 1000}]


async def test_bare_scope(app: ASGIApp) -> None:
    """Optional parts of a scope may be missing; bodies come in pieces; clients go away."""
    scope = {"type": "http", "method": "GET", "path": "/ä", "headers": [(b"A", b"1"), (b"a", b"2")]}
    sent = await talk(
        app,
        scope,
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.request", "body": b"y"},
    )
    assert sent[0]["status"] == 404
    assert await talk(app, scope, {"type": "http.disconnect"}) == []


async def test_mounted_under_a_path() -> None:
    """A path that an outer application took off is not seen."""
    server = DevServer(World(clock=SystemClock(), config=WorldConfig()))
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/lk/",
        "raw_path": b"/lk/",
        "root_path": "/lk",
        "headers": [],
    }
    sent = await talk(ASGIApp(server), scope, {"type": "http.request"})
    assert sent[1]["body"] == b"OK"
