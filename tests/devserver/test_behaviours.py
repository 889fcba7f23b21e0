"""Recorded behaviours that the replay does not already prove, by their numbers."""

from __future__ import annotations

import gzip
import json

import pytest

from lkapi.devserver import JoinRefused
from lkapi.protocol.models import DisconnectReason, ParticipantInfo, TrackSource
from lkapi.protocol.room import CreateRoomRequest, RoomConfiguration
from tests.devserver.calls import START, Server
from tests.devserver.tokens import mint

UNAVAILABLE = {"code": "unavailable", "msg": "twirp error unknown: no response from servers"}
STATE = ParticipantInfo.State


@pytest.fixture
def server() -> Server:
    return Server()


def test_refused_token_is_plain_text_everywhere(server: Server) -> None:
    """1 and 3: a bad token is refused in plain text before any routing, on every path."""
    for path in ("/", "/nope", "/twirp/livekit.RoomService/Nope", "/twirp/livekit.Nope/Nope"):
        answer = server.send("POST", path, Authorization="Bearer x")
        assert answer.status == 401
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.content == b"invalid authorization token"


@pytest.mark.parametrize("method", ["SendData", "MutePublishedTrack", "UpdateSubscriptions"])
def test_missing_is_sometimes_unavailable(server: Server, method: str) -> None:
    """7: calls that are sent to an owner wait 3 s and find none."""
    exchange = server.exchange(method, {"room": "nowhere", "identity": "nobody"})
    assert exchange.response.status == 503
    assert json.loads(exchange.response.content) == UNAVAILABLE
    assert exchange.waited == 3.0


def test_missing_is_sometimes_an_empty_list(server: Server) -> None:
    """7: ListParticipants of a missing room is 200 and empty."""
    assert server.call("ListParticipants", {"room": "nowhere"}) == (200, {"participants": []})


def test_twirp_timeout_is_a_deadline(server: Server) -> None:
    """9: a wait ends with the caller's deadline, as 408; nonsense is ignored."""
    body = {"room": "nowhere"}
    exchange = server.exchange("SendData", body, {"X-Twirp-Timeout-Ms": "500"})
    assert (exchange.response.status, exchange.waited) == (408, 0.5)
    assert json.loads(exchange.response.content)["code"] == "canceled"
    for nonsense in ("-1", "1.5", "", "soon", "0", "9" * 40):
        exchange = server.exchange("SendData", body, {"X-Twirp-Timeout-Ms": nonsense})
        assert (exchange.response.status, exchange.waited) == (503, 3.0)


def test_remote_unmute_needs_configuration(server: Server) -> None:
    """10 and 38: unmuting is 412 unless the operator allows it; muting twice is once."""
    for allowed in (False, True):
        server = Server(enable_remote_unmute=allowed)
        ann = server.join()
        track = ann.publish("mic")
        request = {"room": "demo", "identity": "ann", "track_sid": track.sid}
        version = ann.info.version
        for _ in range(2):
            assert server.call("MutePublishedTrack", {**request, "muted": True})[1]["track"][
                "muted"
            ]
        assert ann.info.version == version + 1
        status, answer = server.call("MutePublishedTrack", request)
        if allowed:
            assert (status, answer["track"]["muted"]) == (200, False)
        else:
            assert (status, answer["code"]) == (412, "failed_precondition")


def test_node_id_of_no_node(server: Server) -> None:
    """10: a node that does not exist is 500 unknown and makes no room; the server's own is fine."""
    status, answer = server.call("CreateRoom", {"name": "demo", "node_id": "ND_none"})
    assert (status, answer["code"]) == (500, "unknown")
    assert server.call("DeleteRoom", {"room": "demo"})[0] == 404
    assert server.call("CreateRoom", {"name": "demo", "node_id": server.world.node_id})[0] == 200


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"exp": START - 59}, 200),
        ({"exp": START - 60}, 401),
        ({"nbf": START + 60}, 200),
        ({"nbf": START + 61}, 401),
        ({"iat": START + 9999}, 200),
        ({"exp": f"{START + 60:.0f}"}, 200),
        ({"exp": " 1800000060"}, 401),
        ({"exp": "soon"}, 401),
        ({"exp": True}, 401),
        ({"exp": 10**400}, 401),
        ({"aud": ["a", 1]}, 401),
        ({"iss": 5}, 401),
        ({"sub": 5}, 401),
        ({"VIDEO": {"ROOMLIST": True}, "video": None}, 200),
        ({"kindDetails": "cloud_agent"}, 401),
        ({"kindDetails": [None]}, 200),
        ({"attributes": {"a": None}}, 200),
        ({"roomConfig": []}, 401),
    ],
)
def test_claims(server: Server, claims: dict[str, object], status: int) -> None:
    """13, 14 and 17: leeway, times in their forms, claim names in any case, types."""
    full = {"iss": "devkey", "exp": START + 60, "video": {"roomList": True}, **claims}
    headers = {"Authorization": f"Bearer {mint(full)}"}
    assert server.exchange("ListRooms", {}, headers).response.status == status


def test_room_admin_without_room_covers_the_empty_name(server: Server) -> None:
    """19: roomAdmin is exact; without a room it passes for requests with an empty room."""
    request = {"room": ""}
    assert server.call("ListParticipants", request, room="")[0] == 200
    assert server.call("ListParticipants", {"room": "x"}, room="")[0] == 401
    assert server.call("DeleteRoom", {"room": "x"}, roomCreate=False, room="x")[0] == 401


def test_limits_come_before_grants(server: Server) -> None:
    """20: UpdateParticipant and UpdateRoomMetadata look at sizes first."""
    big = "m" * (512 * 1024 + 1)
    for method in ("UpdateParticipant", "UpdateRoomMetadata"):
        assert server.call(method, {"metadata": big}, roomAdmin=False)[0] == 400
        assert server.call(method, {"metadata": "m"}, roomAdmin=False)[0] == 401


def test_room_config_of_a_token(server: Server) -> None:
    """21: applied when the join opens the room, credentials and all; its name is not used."""
    egress = {"participant": {"fileOutputs": [{"filepath": "x", "s3": {"secret": "b"}}]}}
    config = {"name": "other", "emptyTimeout": 33, "egress": egress, "minPlayoutDelay": 5}
    server.join(roomConfig=config)
    room = server.world.rooms["demo"]
    assert (room.info.empty_timeout, room.request.min_playout_delay) == (33, 5)
    assert room.request.egress is not None
    server.join("bob", roomConfig={"emptyTimeout": 44})
    assert room.info.empty_timeout == 33


def test_own_values_go_before_the_preset() -> None:
    """21: a preset fills what the request leaves open."""
    preset = RoomConfiguration(max_participants=7, metadata="preset")
    server = Server(presets={"p": preset})
    _, room = server.call("CreateRoom", {"name": "demo", "room_preset": "p", "metadata": "own"})
    assert (room["max_participants"], room["metadata"]) == (7, "own")
    assert preset.metadata == "preset"


@pytest.mark.parametrize(
    "claims",
    [
        {"attributes": {"a": "x" * 65536}},
        {"metadata": "m" * (512 * 1024 + 1)},
        {"roomPreset": "nope"},
    ],
)
def test_validate_says_success_where_a_join_fails(
    server: Server, claims: dict[str, object]
) -> None:
    """22: what only the join refuses."""
    video = {"roomJoin": True, "room": "demo"}
    token = server.token("ann", video=video, **claims)
    assert server.send("GET", f"/rtc/validate?access_token={token}").content == b"success"
    with pytest.raises(JoinRefused, match="500: connection closed by media"):
        server.world.join(token)


def test_auto_create_off() -> None:
    """22: joining a missing room is 404, unless the token may create it or it exists."""
    server = Server(auto_create=False)
    with pytest.raises(JoinRefused, match="404: requested room does not exist"):
        server.join()
    assert server.join(grants={"roomCreate": True}).connected
    assert server.join("bob").connected


def test_join_refusal_does_not_show_the_token(server: Server) -> None:
    """1: the answer repeats a bad token, the error made of it does not."""
    bad = mint({"iss": "devkey", "exp": 5})
    with pytest.raises(JoinRefused) as caught:
        server.world.join(bad)
    assert bad in caught.value.text
    assert bad not in str(caught.value)
    assert bad not in repr(caught.value)


def test_both_spellings_of_one_field(server: Server) -> None:
    """26: a field given in snake_case and camelCase at once is malformed."""
    status, answer = server.call("CreateRoom", {"empty_timeout": 1, "emptyTimeout": 1})
    assert (status, answer["code"]) == (400, "malformed")


def test_compressed_bodies_are_not_read(server: Server) -> None:
    """28: a gzip body is malformed, and answers are never compressed."""
    headers = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    exchange = server.exchange("ListRooms", gzip.compress(b"{}"), headers)
    assert exchange.response.status == 400
    assert "content-encoding" not in exchange.response.headers


def test_double_slash_inside_redirects(server: Server) -> None:
    """29: 307 to the clean path keeps the query; browsers get a page."""
    answer = server.send("POST", "/twirp//livekit.RoomService/../x?a=1")
    assert (answer.status, answer.headers["location"]) == (307, "/twirp/x?a=1")
    assert b"/rtc/validate" in server.send("GET", "/rtc//validate").content
    answer = server.send("GET", "/x//%0d%0aSet-Cookie:a?<script>")
    assert answer.headers["location"] == "/x/%0D%0ASet-Cookie:a?<script>"
    assert b"<script>" not in answer.content


def test_rooms_end_on_whole_seconds(server: Server) -> None:
    """34: a room of 2 s may end after 1.9 s; the event carries the time it ended."""
    server.clock.advance(0.9)
    server.call("CreateRoom", {"name": "demo", "empty_timeout": 2})
    server.clock.advance(1.0)
    assert "demo" in server.world.rooms
    server.clock.advance(0.1)
    assert server.call("ListRooms")[1] == {"rooms": []}
    server.clock.advance(100)
    assert server.world.events.all()[-1].created_at == int(START) + 2


def test_departure_timeout(server: Server) -> None:
    """34: after the last one left, departure_timeout counts; agents do not keep a room open."""
    server.call("CreateRoom", {"name": "demo", "departure_timeout": 1, "empty_timeout": 50})
    ann, agent = server.join(), server.join("helper", kind="agent")
    server.clock.advance(40)
    assert "demo" in server.world.rooms
    ann.leave()
    assert server.world.rooms["demo"].participants.keys() == {"helper"}
    server.clock.advance(6)
    assert "demo" not in server.world.rooms
    assert agent.disconnect_reason is DisconnectReason.ROOM_CLOSED
    assert server.call("UpdateRoomMetadata", {"room": "demo"})[0] == 404


def test_room_egress_without_worker(server: Server) -> None:
    """35: 200 after 10 s, at once when a worker is there or the room is."""
    body = {"name": "demo", "egress": {"room": {"room_name": "demo"}}}
    assert server.exchange("CreateRoom", body).waited == 10.0
    assert server.exchange("CreateRoom", body).waited == 0.0
    assert Server(egress_worker=True).exchange("CreateRoom", body).waited == 0.0


def test_names_asked_twice(server: Server) -> None:
    """36: ListRooms keeps the order of the names and repeats a room asked for twice."""
    for name in ("a", "b", ""):
        server.call("CreateRoom", {"name": name})
    _, answer = server.call("ListRooms", {"names": ["b", "none", "", "a", "b"]})
    assert [room["name"] for room in answer["rooms"]] == ["b", "", "a", "b"]


def test_update_participant(server: Server) -> None:
    """37: empty texts change nothing, empty values delete, version counts the changes."""
    ann = server.join(metadata="m", name="Ann", attributes={"a": "1"})
    before = ann.info.version
    request = {"room": "demo", "identity": "ann", "attributes": {"a": "", "b": "2"}}
    _, info = server.call("UpdateParticipant", request)
    assert (info["metadata"], info["name"], info["attributes"]) == ("m", "Ann", {"b": "2"})
    assert info["version"] == before + 1


def test_empty_permission_takes_everything(server: Server) -> None:
    """37: the permission is replaced as a whole, and what may not be published is taken back."""
    ann = server.join()
    ann.publish("mic")
    ann.publish("cam", source=TrackSource.CAMERA)
    request = {"room": "demo", "identity": "ann"}
    permission = {"can_publish": True, "can_publish_sources": ["CAMERA"]}
    server.call("UpdateParticipant", {**request, "permission": permission})
    assert [track.name for track in ann.tracks] == ["cam"]
    _, info = server.call("UpdateParticipant", {**request, "permission": {}})
    assert (info["tracks"], info["is_publisher"]) == ([], False)
    assert server.events()[-2:] == ["track_unpublished", "track_unpublished"]


def test_attribute_limit_is_per_request(server: Server) -> None:
    """37: 64 KiB in one request, more in sum."""
    ann = server.join()
    for name in ("x", "y"):
        request = {"room": "demo", "identity": "ann", "attributes": {name: "v" * 40_000}}
        assert server.call("UpdateParticipant", request)[0] == 200
    assert len(ann.info.attributes) == 2
    request = {"room": "demo", "identity": "ann", "attributes": {"z": "v" * 65_536}}
    assert server.call("UpdateParticipant", request)[0] == 400


def test_data_with_one_nonce_arrives_once(server: Server) -> None:
    """39: the same nonce twice is one packet; only those with media up receive."""
    ann, late = server.join(), server.join("bob", active=False)
    body = {"room": "demo", "data": "aGk=", "nonce": "MDEyMzQ1Njc4OWFiY2RlZg==", "topic": "t"}
    assert [server.call("SendData", body)[0] for _ in range(2)] == [200, 200]
    assert [(packet.payload, packet.topic) for packet in ann.received] == [(b"hi", "t")]
    assert late.received == []


def test_unsubscribing(server: Server) -> None:
    """38: subscriptions may name any track; what was said is remembered."""
    ann = server.join()
    request = {"room": "demo", "identity": "ann", "track_sids": ["TR_a", "TR_b"]}
    assert server.call("UpdateSubscriptions", request) == (200, {})
    assert ann.unsubscribed == {"TR_a", "TR_b"}
    again = {**request, "subscribe": True, "track_sids": ["TR_a"]}
    server.call("UpdateSubscriptions", again)
    assert ann.unsubscribed == {"TR_b"}


def test_participant_states(server: Server) -> None:
    """41: JOINED from the signalling connection, ACTIVE with media, reasons for the end."""
    ann = server.join(active=False)
    assert ann.response.participant is not None
    assert ann.response.participant.state == STATE.JOINING
    assert ann.info.state == STATE.JOINED
    ann.activate()
    assert ann.active
    again = server.join()
    assert ann.disconnect_reason is DisconnectReason.DUPLICATE_IDENTITY
    server.call("RemoveParticipant", {"room": "demo", "identity": "ann"})
    assert again.disconnect_reason is DisconnectReason.PARTICIPANT_REMOVED
    last = server.join()
    server.call("DeleteRoom", {"room": "demo"})
    assert last.disconnect_reason is DisconnectReason.ROOM_DELETED


def test_dispatches_of_a_new_room(server: Server) -> None:
    """42: one dispatch without a name, or those of the agents asked for."""
    for agents, names in ([], [""]), ([{"agent_name": "a"}, {"agent_name": "b"}], ["a", "b"]):
        server.call("CreateRoom", {"name": "demo", "agents": agents})
        dispatches = server.world.rooms["demo"].dispatches
        assert [dispatch.agent_name for dispatch in dispatches.values()] == names
        server.call("DeleteRoom", {"room": "demo"})


def test_request_id_has_no_effect_on_creation(server: Server) -> None:
    """44: two rooms under one request id are two rooms on a self-hosted server."""
    for name in ("a", "b"):
        server.exchange("CreateRoom", {"name": name}, {"X-Livekit-Request-Id": "same"})
    assert server.world.rooms.keys() == {"a", "b"}


def test_events_of_a_visit(server: Server) -> None:
    """55 and 56: joined comes with media; tracks name room and participant only."""
    ann = server.join(active=False)
    assert server.events() == ["room_started"]
    ann.activate()
    track = ann.publish("mic")
    ann.leave()
    server.world.close_room("demo")
    assert server.events() == [
        "room_started",
        "participant_joined",
        "track_published",
        "track_unpublished",
        "participant_left",
        "room_finished",
    ]
    event = server.world.events.all()[2]
    assert event.room is not None
    assert event.participant is not None
    assert event.track == track
    assert event.room.to_dict().keys() == {"sid", "name"}
    assert event.participant.to_dict().keys() == {"sid", "identity"}


def test_leaving_before_media_is_an_aborted_connection(server: Server) -> None:
    """56: no join and leave pair for one who never had media."""
    server.join(active=False).leave()
    assert server.events() == ["room_started", "participant_connection_aborted"]


def test_create_room_request_is_not_changed(server: Server) -> None:
    """A caller's request stays as it was."""
    request = CreateRoomRequest(name="demo")
    server.world.create_room(request)
    assert request == CreateRoomRequest(name="demo")


def test_validate_without_a_token_is_refused_first() -> None:
    """22: on both paths, whatever else is wrong with the request."""
    server = Server()
    for path in ("/rtc/validate", "/rtc/v1/validate"):
        for query in ("", "?attributes=!&join_request=!"):
            answer = server.send("GET", f"{path}{query}")
            assert (answer.status, answer.content) == (401, b"no permissions to access the room")
