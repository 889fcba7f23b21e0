"""The tests of ``moderation.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from moderation import make_app

import lkapi


@pytest.fixture
def bot(livekit_env, livekit_webhooks, monkeypatch):
    """The application, as a moderator uses it."""
    monkeypatch.setenv("MODERATOR_TOKEN", "open-sesame")
    with TestClient(make_app(), headers={"Authorization": "Bearer open-sesame"}) as client:
        livekit_webhooks.deliver_to(
            lambda url, headers, body: (
                client.post("/livekit/webhook", content=body, headers=headers).status_code
            )
        )
        yield client


@pytest.fixture
def loud(livekit_server):
    """Somebody who talks."""
    loud = livekit_server.join("loud", "demo", name="Loud")
    loud.publish("microphone", source=lkapi.TrackSource.MICROPHONE)
    return loud


def test_who_is_there(bot, loud):
    assert bot.get("/rooms/demo").json() == [
        {"identity": "loud", "name": "Loud", "tracks": {"microphone": False}, "silenced": False}
    ]
    assert bot.get("/rooms/empty").json() == []


def test_who_is_muted_may_unmute(bot, loud):
    assert bot.post("/rooms/demo/loud/mute").json() == {"muted": ["microphone"]}
    assert [track.muted for track in loud.tracks] == [True]
    assert bot.post("/rooms/demo/loud/mute").json() == {"muted": []}
    loud.publish("another")
    assert [track.muted for track in loud.tracks] == [True, False]


def test_who_is_silenced_stays_silent(bot, loud):
    assert bot.post("/rooms/demo/loud/silence").status_code == 204
    assert list(loud.tracks) == []
    with pytest.raises(lkapi.PermissionDeniedError):
        loud.publish("another")
    assert bot.get("/rooms/demo").json()[0]["silenced"] is True


def test_who_comes_back_is_silenced_again(bot, loud, livekit_server, livekit_webhooks):
    """With a token that lets the holder publish."""
    bot.post("/rooms/demo/loud/silence")
    again = livekit_server.join("loud", "demo")
    again.publish("microphone")
    livekit_webhooks.flush()
    assert list(again.tracks) == []


def test_who_may_speak_again(bot, loud, livekit_webhooks):
    bot.post("/rooms/demo/loud/silence")
    assert bot.delete("/rooms/demo/loud/silence").status_code == 204
    loud.publish("another")
    livekit_webhooks.flush()
    assert [track.name for track in loud.tracks] == ["another"]


def test_who_has_left_again_is_no_error(bot, loud, livekit_server, livekit_webhooks):
    bot.post("/rooms/demo/loud/silence")
    livekit_server.join("loud", "demo").leave()
    livekit_webhooks.flush()
    assert {delivery.status for delivery in livekit_webhooks.deliveries} == {204}


def test_who_is_removed_may_come_back(bot, loud, livekit_server, livekit_webhooks):
    assert bot.delete("/rooms/demo/loud").status_code == 204
    assert loud.disconnect_reason == lkapi.DisconnectReason.PARTICIPANT_REMOVED
    again = livekit_server.join("loud", "demo")
    livekit_webhooks.flush()
    assert again.connected
    assert bot.delete("/rooms/demo/nobody").status_code == 204


def test_who_is_banned_may_not(bot, loud, livekit_server, livekit_webhooks):
    assert bot.delete("/rooms/demo/loud", params={"ban": True}).status_code == 204
    again = livekit_server.join("loud", "demo")
    elsewhere = livekit_server.join("loud", "other")
    livekit_webhooks.flush()
    assert (again.connected, elsewhere.connected) == (False, True)


def test_what_was_decided_ends_with_the_room(bot, loud, livekit_server, livekit_webhooks):
    bot.post("/rooms/demo/loud/silence")
    loud.leave()
    livekit_server.clock.advance(600)
    livekit_webhooks.wait_for("room_finished")
    livekit_server.join("loud", "demo")
    assert bot.get("/rooms/demo").json()[0]["silenced"] is False


def test_nobody_to_silence(bot):
    assert bot.post("/rooms/demo/nobody/silence").status_code == 404
    assert bot.post("/rooms/demo/nobody/mute").status_code == 404


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "connect"}])
def test_livekit_is_down(bot, loud, livekit_server, fault):
    livekit_server.faults.fail(method="ListParticipants", **fault)
    assert bot.get("/rooms/demo").status_code == 503


def test_for_moderators(bot, loud):
    for authorization in ("", "Bearer guess", "open-sesame"):
        refused = bot.delete("/rooms/demo/loud", headers={"Authorization": authorization})
        assert refused.status_code == 401
    assert loud.connected
