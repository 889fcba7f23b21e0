"""Of several ``Authorization`` header fields the first counts, however the request comes in."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest

from lkapi.devserver import ASGIApp, DevServer, HTTPFrontEnd, MockServer, World
from lkapi.devserver.http.headers import join_fields
from lkapi.transports.base import Request
from tests.devserver.tokens import KEYS, video

PATH = "/twirp/livekit.RoomService/ListRooms"
SERVERS = [DevServer, MockServer]


def fields(*tokens: str) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), *(("Authorization", token) for token in tokens)]


def good_and_bad() -> tuple[str, str]:
    return f"Bearer {video(time.time(), roomList=True)}", "Bearer bad"


def test_fields_of_one_name_are_joined() -> None:
    """As HTTP has it, except for the one field that clients repeat by mistake."""
    sent = [("Vary", "a"), ("vary", "b"), ("AUTHORIZATION", "x"), ("authorization", "y")]
    assert join_fields(sent) == {"vary": "a, b", "authorization": "x"}


@pytest.mark.parametrize("kind", SERVERS)
def test_in_process(kind: type[DevServer]) -> None:
    """Names that differ in case are one name."""
    good, bad = good_and_bad()
    server = kind(World(keys=KEYS))
    for first, second, status in ((good, bad, 200), (bad, good, 401)):
        headers = {"content-type": "application/json", "Authorization": first}
        both = {**headers, "authorization": second}
        assert server.handle(Request("POST", PATH, both, b"{}")).status == status


@pytest.mark.parametrize("kind", SERVERS)
def test_over_http(kind: type[DevServer]) -> None:
    """As the official Go SDK sends them in its calls by ids."""
    good, bad = good_and_bad()
    with HTTPFrontEnd(kind(World(keys=KEYS))) as front:
        for first, second, status in ((good, bad, 200), (bad, good, 401)):
            connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
            connection.putrequest("POST", PATH)
            for name, value in [*fields(first, second), ("Content-Length", "2")]:
                connection.putheader(name, value)
            connection.endheaders(b"{}")
            answer = connection.getresponse()
            connection.close()
            assert answer.status == status


@pytest.mark.parametrize("kind", SERVERS)
async def test_over_asgi(kind: type[DevServer]) -> None:
    """ASGI hands each field over by itself."""
    good, bad = good_and_bad()
    app = ASGIApp(kind(World(keys=KEYS)))
    for first, second, status in ((good, bad, 200), (bad, good, 401)):
        raw = [(n.lower().encode(), v.encode()) for n, v in fields(first, second)]
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": raw}
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}"}

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        await app(scope, receive, send)
        assert sent[0]["status"] == status
