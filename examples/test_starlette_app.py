"""The test of ``starlette_app.py``, with nothing but lkapi's pytest plugin; see ``pytest.ini``."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette_app import SESSIONS, app

NOBODY, ANN, ADMIN = ({"Authorization": f"Bearer {name}"} for name in ("", "s1", "s2"))


@pytest.fixture(scope="module")
def client():
    SESSIONS.update(s1="ann", s2="admin")
    with TestClient(app) as client:
        yield client


def deliver_to_client(livekit_webhooks, client):
    livekit_webhooks.deliver_to(
        lambda url, headers, body: (
            client.post("/livekit/webhook", content=body, headers=headers).status_code
        )
    )


def test_members_are_admitted(client, livekit_server):
    """Under the identity of their session, and under no other."""
    told = client.post("/members/getToken", json={"room_name": "club"}, headers=ANN)
    assert told.status_code == 201
    ann = livekit_server.join_with(told.json()["participant_token"])
    assert (ann.identity, ann.room_name) == ("ann", "club")
    wrong = client.post("/members/getToken", json={"participant_identity": "bob"}, headers=ANN)
    assert wrong.status_code == 403
    assert client.post("/members/getToken", json={}, headers=NOBODY).status_code == 401


def test_rooms_are_administrated(client, livekit_server):
    assert client.post("/admin/rooms/board", json={}, headers=ADMIN).status_code == 201
    assert client.get("/admin/rooms", headers=ADMIN).json() == ["board"]
    assert client.get("/admin/rooms", headers=ANN).status_code == 403


def test_webhooks_arrive(client, livekit_server, livekit_webhooks):
    deliver_to_client(livekit_webhooks, client)
    livekit_server.join("ann", "demo").leave()
    livekit_webhooks.wait_for("participant_left", identity="ann")
    assert client.get("/admin/events", headers=ADMIN).json()[-2:] == [
        "participant_joined",
        "participant_left",
    ]


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "connect"}])
def test_livekit_is_down(client, livekit_server, fault):
    livekit_server.faults.fail(method="ListRooms", **fault)
    assert client.get("/admin/rooms", headers=ADMIN).status_code == 503
