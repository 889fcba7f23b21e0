"""The tests of ``function.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import base64
import json

import function
import pytest

import lkapi


@pytest.fixture(autouse=True)
def cold(livekit_env):
    """Each test begins with a cold function and the test's LiveKit server."""
    function.endpoint.cache_clear()
    yield
    function.endpoint.cache_clear()


def ask(body="", method="POST", content_type="application/json", encoded=False, **claims):
    event = {
        "version": "2.0",
        "headers": {"Content-Type": content_type} if content_type else {},
        "requestContext": {"http": {"method": method, "path": "/token"}},
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }
    if claims:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    answer = function.handler(event)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("encoded", [False, True])
def test_a_user_joins_the_teams_room(livekit_server, encoded):
    body = json.dumps({"room_name": "team-red-daily"})
    status, told = ask(body, encoded=encoded, sub="ann", name="Ann", teams="red blue")
    assert status == 201
    ann = livekit_server.join_with(told["participant_token"])
    assert (ann.identity, ann.info.name, ann.room_name) == ("ann", "Ann", "team-red-daily")
    with pytest.raises(lkapi.PermissionDeniedError):
        ann.publish("camera")


def test_a_speaker_may_publish(livekit_server):
    _, told = ask("{}", sub="bob", teams="red", scope="openid speaker")
    bob = livekit_server.join_with(told["participant_token"])
    assert bob.publish("camera").name == "camera"
    assert bob.room_name == "team-red"


def test_who_has_no_team_waits_in_the_lobby(livekit_server):
    _, told = ask(sub="eve")
    assert livekit_server.join_with(told["participant_token"]).room_name == "lobby"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"body": '{"room_name": "team-green"}', "sub": "ann", "teams": "red"}, 403),
        ({"body": '{"room_name": "team-redwood"}', "sub": "ann", "teams": "red"}, 403),
        ({"body": '{"room_name": "team-red"}', "sub": "ann"}, 403),
        ({"body": '{"participant_identity": "root"}', "sub": "ann"}, 403),
        ({"body": "{"}, 401),
        ({"body": "{", "sub": "ann"}, 400),
        ({"body": "x=1", "content_type": "text/plain", "sub": "ann"}, 415),
        ({"method": "GET", "sub": "ann"}, 405),
    ],
)
def test_what_is_refused(request_, status):
    found, told = ask(**request_)
    assert found == status
    assert told["message"]


def test_a_body_that_is_no_base64():
    event = {"body": "not base64!", "isBase64Encoded": True}
    event["requestContext"] = {"authorizer": {"jwt": {"claims": {"sub": "ann"}}}}
    assert function.handler(event)["statusCode"] == 400


def test_guests_only_where_they_are_allowed(livekit_server, monkeypatch):
    assert ask()[0] == 401
    monkeypatch.setenv("ALLOW_GUESTS", "1")
    status, told = ask('{"room_name": "team-red"}')
    assert status == 201
    assert livekit_server.join_with(told["participant_token"]).identity.startswith("guest-")
