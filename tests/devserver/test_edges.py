"""Edges of the embedded server that no recording shows."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import pickle
from typing import Any

import pytest

from lkapi.devserver import ASGIApp, HTTPFrontEnd, JoinRefused, World, WorldConfig, load_config
from lkapi.devserver.telephony.sip_errors import sip_status_error
from lkapi.errors import APIError, PermissionDeniedError
from lkapi.errors.sip_details import read_error_details
from lkapi.protocol.models import TrackSource, TrackType
from lkapi.protocol.rtc import JoinRequest, WrappedJoinRequest
from lkapi.transports.base import Request
from tests.devserver.calls import Server

GZIP = WrappedJoinRequest.Compression.GZIP


@pytest.fixture
def server() -> Server:
    return Server()


def validate(server: Server, query: str, *, version: str = "", **grants: object) -> tuple[int, str]:
    token = server.token("ann", video={"roomJoin": True, "room": "demo", **grants})
    answer = server.send("GET", f"/rtc{version}/validate?access_token={token}&{query}")
    return answer.status, answer.content.decode()


def wrapped(attributes: dict[str, str], *, packed: bool) -> str:
    inner = JoinRequest(participant_attributes=attributes).to_bytes()
    body = gzip.compress(inner) if packed else inner
    outer = WrappedJoinRequest(join_request=body, compression=GZIP if packed else 0)
    return base64.urlsafe_b64encode(outer.to_bytes()).decode().rstrip("=")


@pytest.mark.parametrize("packed", [False, True])
def test_attributes_of_a_join_request(server: Server, packed: bool) -> None:
    """22: attributes need canUpdateOwnMetadata in either form of the request."""
    query = f"join_request={wrapped({'a': 'b'}, packed=packed)}"
    assert validate(server, query, version="/v1")[0] == 401
    assert validate(server, query, version="/v1", canUpdateOwnMetadata=True) == (200, "success")


@pytest.mark.parametrize(
    ("body", "compression"),
    [(b"\xff", 0), (b"no gzip", GZIP), (gzip.compress(b"x" * 99)[:-9], GZIP)],
)
def test_broken_join_request(server: Server, body: bytes, compression: int) -> None:
    """22: what cannot be unpacked is 400."""
    outer = WrappedJoinRequest(join_request=body, compression=compression).to_bytes()
    query = f"join_request={base64.urlsafe_b64encode(outer).decode()}"
    assert validate(server, query, version="/v1") == (400, "cannot unmarshal join request")


@pytest.mark.parametrize("text", ["5", "[]", '{"a":1}', "{"])
def test_attributes_that_are_no_texts(server: Server, text: str) -> None:
    """22: attributes of the query are an object of texts."""
    query = f"attributes={base64.urlsafe_b64encode(text.encode()).decode()}"
    answer = validate(server, query, canUpdateOwnMetadata=True)
    assert answer == (400, "cannot decode attributes")


def test_tracks_of_each_source(server: Server) -> None:
    """Sids tell kind and source; only permitted sources are published."""
    ann = server.join(grants={"canPublishSources": ["camera", "screen_share"]})
    camera = ann.publish("cam", source=TrackSource.CAMERA, type=TrackType.VIDEO, width=640)
    screen = ann.publish("screen", source=TrackSource.SCREEN_SHARE, type=TrackType.VIDEO)
    assert (camera.sid[:5], camera.mime_type, camera.width) == ("TR_VC", "video/VP8", 640)
    assert (screen.sid[:5], screen.stream) == ("TR_VS", "screen_share")
    with pytest.raises(PermissionDeniedError, match="MICROPHONE"):
        ann.publish("mic")
    assert [track.sid for track in ann.tracks] == [camera.sid, screen.sid]


def test_what_is_left_alone(server: Server) -> None:
    """Leaving twice, activating twice and unpublishing nothing change nothing."""
    ann = server.join()
    ann.unpublish("TR_none")
    ann.activate()
    version = ann.info.version
    ann.leave()
    ann.leave()
    assert ann.info.version == version + 1
    with pytest.raises(PermissionDeniedError):
        ann.publish("mic")


def test_same_permission_is_no_change(server: Server) -> None:
    """Setting what is set already does not count as a change."""
    ann = server.join()
    request = {"room": "demo", "identity": "ann", "permission": ann.permission.to_dict()}
    assert server.call("UpdateParticipant", request)[1]["version"] == ann.info.version == 2


def test_old_nonces_are_forgotten(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of nonces is bounded."""
    monkeypatch.setattr("lkapi.devserver.rooms.room_state._REMEMBERED_NONCES", 2)
    ann = server.join()
    nonces = [base64.b64encode(bytes([n]) * 16).decode() for n in (1, 2, 3, 1)]
    for nonce in nonces:
        server.call("SendData", {"room": "demo", "nonce": nonce})
    assert len(ann.received) == 4


def test_join_refusals_survive_pickle_and_copy() -> None:
    """As every error of lkapi does."""
    error = JoinRefused(404, "requested room does not exist")
    for clone in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (clone.status, clone.text, str(clone)) == (error.status, error.text, str(error))


@pytest.mark.parametrize(
    ("code", "twirp"),
    [
        (486, "resource_exhausted"),
        (503, "failed_precondition"),
        (599, "failed_precondition"),
        (699, "invalid_argument"),
        (100, "unknown"),
        (505, "invalid_argument"),
        (412, "failed_precondition"),
        (438, "unauthenticated"),
    ],
)
def test_sip_outcomes_read_back(code: int, twirp: str) -> None:
    """11: what the server says about a failed call can be read by the client."""
    error = sip_status_error(code, "x" * 200)
    assert isinstance(error, APIError)
    assert error.code == twirp
    details = read_error_details(error.metadata)
    assert details is not None
    assert (details.sip_status_code, details.sip_status) == (code, "x" * 200)


def test_region_origins_in_a_configuration(tmp_path) -> None:
    """Origins of regions come from the file as well."""
    path = tmp_path / "c.json"
    path.write_text('{"regions": ["http://a", "http://b"]}', encoding="utf-8")
    assert load_config(path).regions == ("http://a", "http://b")


def test_forwarding_and_moving_without_media() -> None:
    """One whose media is not up joins nowhere, and is told of nowhere."""
    server = Server("cloud")
    server.join(active=False)
    request = {"room": "demo", "identity": "ann", "destination_room": "other"}
    assert server.call("ForwardParticipant", request)[0] == 200
    assert server.call("MoveParticipant", request)[0] == 200
    assert "participant_joined" not in server.events()


def test_preflight_without_asked_headers(server: Server) -> None:
    """53: no headers asked, none allowed."""
    answer = server.send("OPTIONS", "/x", Origin="http://a", Access_Control_Request_Method="GET")
    assert "access-control-allow-headers" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "http://a"


def test_names_of_things(server: Server) -> None:
    """What a debugger shows says what it is."""
    server.join()
    assert repr(server.world) == "<World self-hosted, rooms ['demo']>"
    assert server.world.rooms["demo"].name == "demo"
    assert "World self-hosted" in repr(server.dev)


def test_front_end_over_a_world() -> None:
    """The front end knows its own origin and world."""
    world = World(config=WorldConfig())
    front = HTTPFrontEnd(world)
    assert front.origin == front.url
    assert front.world is world
    front.close()


@pytest.mark.parametrize(
    "claims", [{"attributes": []}, {"video": {"roomList": [1]}}, {"kind": True}]
)
def test_claims_of_other_types(server: Server, claims: dict[str, object]) -> None:
    """17: any claim of a wrong type refuses the token and names the claim."""
    answer = server.send("GET", "/", Authorization=f"Bearer {server.token(**claims)}")
    assert answer.status == 401
    assert next(iter(claims)).encode() in answer.content.rpartition(b"error:")[2]


@pytest.mark.parametrize("delay", [-1, -(2**63), 2**63 - 1])
def test_nonsense_delays_do_no_harm(delay: int) -> None:
    """A delay on purpose lasts from nothing to a day; the world goes on after it."""
    server = Server()
    before = server.clock.now()
    headers = {"X-Lk-Mock": json.dumps({"delayMs": delay})}
    assert server.exchange("ListRooms", {}, headers).response.status == 200
    assert server.clock.now() - before == (0 if delay < 0 else 86_400)
    assert server.call("CreateRoom", {"name": "after"})[0] == 200


async def test_asgi_path_that_cannot_be_encoded() -> None:
    """ASGI gives the path as text; what cannot be in a path is just not found."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/\ud800", "headers": []}
    await ASGIApp(Server().dev)(scope, receive, send)
    assert sent[0]["status"] == 404


@pytest.mark.parametrize("status", [0, 1, -5, 199, 600, 2**64, 10**30])
def test_nonsense_statuses_count_as_not_given(status: int) -> None:
    """No response has a status that HTTP does not know."""
    server = Server("cloud")
    for headers in (
        {"X-Lk-Mock": json.dumps({"failRegions": [0], "failStatus": status})},
        {"X-Lk-Mock-Fail-Regions": "0", "X-Lk-Mock-Fail-Status": str(status)},
    ):
        assert server.exchange("ListRooms", {}, headers).response.status == 503
    regions = {"X-Lk-Mock": json.dumps({"regionsStatus": status})}
    assert server.dev.handle(Request("GET", "/settings/regions", regions)).status == 200


def test_path_that_is_neither_clean_nor_encodable() -> None:
    """It is redirected to what can be made of it."""
    answer = Server().dev.handle(Request("POST", "\ud800/twirp/livekit.Egress/ListEgress"))
    assert (answer.status, answer.headers["location"][0]) == (307, "/")
