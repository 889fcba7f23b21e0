"""What the cloud profile has beyond a self-hosted server."""

from __future__ import annotations

import json

import pytest

from lkapi.devserver.handlers import registry
from lkapi.devserver.handlers.registry import Handler
from lkapi.methods.agent_dispatch import CREATE_DISPATCH
from lkapi.protocol.agent_dispatch import AgentDispatch
from lkapi.protocol.models import ParticipantInfo
from tests.devserver.calls import Server

MOVE = {"room": "demo", "identity": "ann", "destination_room": "other"}
REPLAYED = "/twirp/livekit.AgentDispatchService/CreateDispatch"


@pytest.fixture
def server() -> Server:
    return Server("cloud")


def test_move(server: Server) -> None:
    """A moved participant, tracks and all, is in the other room, which is opened for it."""
    ann = server.join()
    ann.publish("mic")
    assert server.call("MoveParticipant", MOVE) == (200, {})
    assert ann.room_name == "other"
    assert server.call("ListParticipants", {"room": "demo"})[1] == {"participants": []}
    _, answer = server.call("ListParticipants", {"room": "other"})
    assert [track["name"] for track in answer["participants"][0]["tracks"]] == ["mic"]
    assert server.events()[-3:] == ["room_started", "participant_left", "participant_joined"]
    ann.leave()
    assert server.world.rooms["other"].participants == {}


def test_forward(server: Server) -> None:
    """A forwarded participant is shown in both rooms, its copy marked, until it leaves."""
    ann = server.join()
    assert server.call("ForwardParticipant", MOVE) == (200, {})
    copy = server.world.find_participant("other", "ann")
    assert copy is not None
    assert copy.info.kind_details == [ParticipantInfo.KindDetail.FORWARDED]
    assert copy.sid != ann.sid
    ann.leave()
    assert server.world.find_participant("other", "ann") is None


@pytest.mark.parametrize("method", ["MoveParticipant", "ForwardParticipant"])
def test_elsewhere_replaces_one_of_the_same_identity(server: Server, method: str) -> None:
    """Whoever has the identity in the destination room has to go."""
    server.join()
    there = server.join(room="other")
    assert server.call(method, MOVE)[0] == 200
    assert not there.connected


def test_services_without_handlers_say_so(server: Server) -> None:
    """A method that the embedded server cannot do is 501 unimplemented, never success."""
    path = "/twirp/livekit.CloudAgent/ListAgents"
    response = server.exchange(path, {}).response
    assert (response.status, json.loads(response.content)["code"]) == (501, "unimplemented")
    assert Server("self-hosted").exchange(path, {}).response.status == 404


def test_regions(server: Server) -> None:
    """The asked origin is the only region unless others are configured; uncached."""
    answer = server.send("GET", "/settings/regions", Host="localhost:1234")
    assert answer.headers["cache-control"] == "max-age=0"
    assert json.loads(answer.content) == {
        "regions": [{"region": "region-0", "url": "http://localhost:1234"}]
    }
    server = Server("cloud", regions=("http://a:1", "http://b:2"))
    regions = json.loads(server.send("GET", "/settings/regions").content)["regions"]
    assert regions[1] == {"region": "region-1", "url": "http://b:2", "distance": "1"}


@pytest.mark.parametrize(("profile", "made"), [("cloud", 2), ("self-hosted", 3)])
def test_repeated_request_id_is_answered_again(
    profile: str, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud knows a repeated creation by its request id and body; a self-hosted server does not."""
    calls: list[str] = []

    def create(call, request):
        calls.append(request.agent_name)
        return AgentDispatch(id=f"AD_{len(calls)}")

    monkeypatch.setitem(registry._HANDLERS, REPLAYED, Handler(CREATE_DISPATCH, create))
    server = Server(profile)
    header = {"X-Livekit-Request-Id": "same"}
    first, again, other = (
        server.exchange(REPLAYED, {"agent_name": name, "room": "r"}, header).response.content
        for name in ("a", "a", "b")
    )
    assert len(calls) == made
    assert (first == again) is (profile == "cloud")
    assert other != first


def test_memory_of_request_ids_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old answers are forgotten."""
    monkeypatch.setattr("lkapi.devserver.server.repeats._MAX_RESPONSES", 2)
    monkeypatch.setitem(
        registry._HANDLERS,
        REPLAYED,
        Handler(CREATE_DISPATCH, lambda call, request: AgentDispatch()),
    )
    server = Server("cloud")
    for number in range(5):
        header = {"X-Livekit-Request-Id": str(number)}
        server.exchange(REPLAYED, {"room": "r"}, header)
    assert len(server.dev._twirp._repeats) == 2


def test_a_fault_in_a_handler_is_told_as_a_panic(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 internal as the real server says it, and a traceback in the log."""

    def fail(call, request):
        raise ZeroDivisionError

    monkeypatch.setitem(registry._HANDLERS, REPLAYED, Handler(CREATE_DISPATCH, fail))
    response = server.exchange(REPLAYED, {"room": "r"}).response
    assert (response.status, json.loads(response.content)["code"]) == (500, "internal")
    assert "ZeroDivisionError" in caplog.text
