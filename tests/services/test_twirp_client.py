"""Calls by name with a token of one's own, as livekit.api's TwirpClient makes them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lkapi.access_token import camel_to_snake, snake_to_lower_camel
from lkapi.twirp_client import REQUEST_ID_HEADER, TwirpClient

import lkapi
from lkapi import access_token
from lkapi.protocol.models import Room
from lkapi.protocol.room import CreateRoomRequest, ListRoomsResponse, RoomConfiguration


class Handler(BaseHTTPRequestHandler):
    """Answers with a room whose name tells what was sent."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        told = f"{self.path} {self.headers['authorization']} {self.headers['x-own']}"
        body = Room(name=told).to_bytes()
        self.send_response(200)
        self.send_header("content-type", "application/protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def url() -> Iterator[str]:
    """A server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listener.server_port}"
        listener.shutdown()
        thread.join()


async def test_call_by_name(url: str) -> None:
    """The token goes out as given, further headers with it."""
    client = TwirpClient(None, url, "livekit")
    room = await client.request(
        "RoomService",
        "CreateRoom",
        CreateRoomRequest(name="demo"),
        {"Authorization": "Bearer abc.def.ghi", "X-Own": "1"},
        Room,
        timeout=5,
    )
    assert room.name == "/twirp/livekit.RoomService/CreateRoom Bearer abc.def.ghi 1"


async def test_what_no_server_has() -> None:
    """Another package, an unknown method and a wrong answer are refused before anything is sent."""
    with pytest.raises(lkapi.SettingsError, match="/twirp/other"):
        TwirpClient(None, "http://localhost:1", "other")
    client = TwirpClient(None, "http://localhost:1", "livekit")
    with pytest.raises(lkapi.SettingsError, match="RoomService/Nothing"):
        await client.request("RoomService", "Nothing", CreateRoomRequest(), {}, Room)
    with pytest.raises(lkapi.SettingsError, match="returns ListRoomsResponse"):
        await client.request(
            "RoomService", "CreateRoom", CreateRoomRequest(), {}, ListRoomsResponse
        )


async def test_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials of the environment do not step in for a token that is missing."""
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")
    client = TwirpClient(None, "http://localhost:1", "livekit")
    with pytest.raises(lkapi.SettingsError, match="no Authorization"):
        await client.request("RoomService", "CreateRoom", CreateRoomRequest(), {}, Room)


def test_small_names() -> None:
    """Header name and spellings as they are there."""
    assert REQUEST_ID_HEADER == "X-Livekit-Request-Id"
    assert camel_to_snake("canPublishData") == "can_publish_data"
    assert snake_to_lower_camel("can_publish_data") == "canPublishData"


def test_messages_are_loaded_only_when_asked_for() -> None:
    """``RoomConfiguration`` can be had from the token module; nothing else that it lacks can."""
    assert access_token.RoomConfiguration is RoomConfiguration
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = access_token.no_such_name
