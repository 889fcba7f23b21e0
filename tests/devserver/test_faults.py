"""Faults on purpose: by Python and by header, in process and on sockets, in several regions."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lkapi.devserver import (
    DevServer,
    Fault,
    InProcessTransport,
    MockServer,
    RegionalFrontEnd,
    VirtualClock,
    World,
    WorldConfig,
)
from lkapi.errors import ConnectError, RequestTimeoutError, TransportError
from lkapi.transports.base import Request, Response
from tests.devserver.calls import START, Server
from tests.devserver.tokens import KEYS, mint

LIST = "/twirp/livekit.RoomService/ListRooms"
DIAL = "/twirp/livekit.SIP/CreateSIPParticipant"


@pytest.fixture
def server() -> Server:
    return Server("cloud")


def test_fail_once_strikes_one_call(server: Server) -> None:
    """The next call fails with status and code, without acting; the one after is served."""
    server.dev.faults.fail_once(status=429, message="slow down", meta={"why": "quota"})
    status, body = server.call("CreateRoom", {"name": "demo"})
    assert (status, body["code"], body["meta"]) == (429, "resource_exhausted", {"why": "quota"})
    assert server.world.rooms == {}
    assert server.call("CreateRoom", {"name": "demo"})[0] == 200
    assert [seen.acted for seen in server.dev.faults.seen] == [False, True]
    assert server.dev.faults.count("RoomService/CreateRoom") == 1


def test_fail_strikes_as_often_as_asked(server: Server) -> None:
    """Twice, then never; or until cleared."""
    server.dev.faults.fail(2, method="ListRooms", status=500, code="data_loss")
    server.dev.faults.fail(method="DeleteRoom", status=503)
    assert [server.call("ListRooms")[0] for _ in range(3)] == [500, 500, 200]
    assert [server.call("DeleteRoom", {"room": "x"})[0] for _ in range(3)] == [503] * 3
    server.dev.faults.clear()
    assert server.call("DeleteRoom", {"room": "x"})[0] == 404


def test_faults_strike_their_method_only(server: Server) -> None:
    """A fault of one method leaves the others alone, whichever way it is named."""
    for name in ("ListRooms", "RoomService/ListRooms"):
        server.dev.faults.fail_once(method=name, status=503)
        assert server.call("CreateRoom", {"name": "demo"})[0] == 200
        assert server.call("ListRooms")[0] == 503


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"method": "CreateRom"}, "there is no method 'CreateRom'; did you mean 'CreateRoom'?"),
        (
            {"method": "RoomService/CreateRom"},
            "there is no method 'RoomService/CreateRom'; did you mean 'RoomService/CreateRoom'?",
        ),
        ({"method": "/twirp/livekit.RoomService/ListRooms"}, "write 'RoomService/ListRooms'"),
        ({"method": "qqq"}, "there is no method 'qqq': write one like 'CreateRoom', or a path"),
        ({"status": 9999}, "status must be 200 to 599, not 9999"),
        ({"sip_status": 9999}, "sip_status must be 100 to 699, not 9999"),
        (
            {"code": "not_fond", "status": 404},
            "no Twirp code 'not_fond'; did you mean 'not_found'?",
        ),
        ({"drop": "befor"}, "drop must be 'connect', 'before' or 'after', not 'befor'"),
        ({"delay": -1.0}, "delay must be 0 seconds or more, not -1.0"),
        ({"delay": float("nan")}, "delay must be 0 seconds or more, not nan"),
        ({"truncate": -1}, "truncate must be 0 bytes or more, not -1"),
        ({"code": "not_found"}, "has no effect: give status, sip_status, response, delay, drop"),
        ({}, "has no effect"),
        ({"times": 0, "status": 503}, "times must be 1 or more, not 0"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(
    server: Server, fields: dict[str, Any], message: str
) -> None:
    """A test with a misspelt fault would pass for the wrong reason."""
    with pytest.raises(ValueError, match=re.escape(message)):
        server.dev.faults.fail(**fields)
    if "times" not in fields:
        with pytest.raises(ValueError, match=re.escape(message)):
            server.dev.faults.fail_once(**fields)
        with pytest.raises(ValueError, match=re.escape(message)):
            server.dev.faults.add(Fault(**fields))
    assert server.dev.faults.pending == ()


def test_a_misspelt_field_of_a_fault(server: Server) -> None:
    """The error names the one that was meant, as for fields of requests."""
    calls: list[Any] = [server.dev.faults.fail, server.dev.faults.fail_once, Fault]
    for call in calls:
        with pytest.raises(TypeError, match="Fault has no argument 'metod'; did you mean 'method'"):
            call(metod="CreateRoom", status=503)


def test_calls_are_counted_under_either_name(server: Server) -> None:
    """As in ``fail``; a name that no method has is refused, not 0."""
    server.call("CreateRoom", {"name": "demo"})
    count = server.dev.faults.count
    assert [count(), count("CreateRoom"), count("RoomService/CreateRoom")] == [1, 1, 1]
    with pytest.raises(ValueError, match="did you mean 'CreateRoom'"):
        count("CreateRom")


def test_regions_to_pin_to_have_names_of_this_server(server: Server) -> None:
    """Pinned to a name of LiveKit Cloud, every region would refuse."""
    with pytest.raises(ValueError, match="'us-east' is not a region here: write 'region-0'"):
        server.dev.faults.pin("us-east")
    assert server.dev.faults.pinned == ()


def test_any_answer(server: Server) -> None:
    """The page of a proxy, with its headers."""
    page = Response(502, {"content-type": "text/html", "retry-after": "7"}, b"<h1>Bad Gateway</h1>")
    server.dev.faults.fail_once(response=page)
    answer = server.exchange("ListRooms").response
    assert (answer.status, answer.content) == (502, page.content)
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_dropped_connection(server: Server, drop: str, made: int) -> None:
    """No answer; the server acted or not."""
    transport = InProcessTransport(server.dev)
    server.dev.faults.fail_once(drop=drop)
    token = server.token(video={"roomCreate": True})
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = Request("POST", "/twirp/livekit.RoomService/CreateRoom", headers, b'{"name":"a"}')
    with pytest.raises(TransportError, match="without a response") as caught:
        transport.send(request)
    assert caught.value.sent
    assert len(server.world.rooms) == made
    assert server.dev.faults.count() == made


def test_refused_connection(server: Server) -> None:
    """Nothing was sent, and the server has seen nothing."""
    transport = InProcessTransport(server.dev)
    server.dev.faults.fail_once(drop="connect")
    with pytest.raises(ConnectError) as caught:
        transport.send(Request("GET", "/"))
    assert not caught.value.sent
    assert not server.dev.faults.seen


def test_truncated_answer_and_delay(server: Server) -> None:
    """An answer that ends early is no answer; a delay past the timeout is a timeout."""
    transport = InProcessTransport(server.dev)
    server.dev.faults.fail_once(truncate=1)
    with pytest.raises(TransportError, match="1 of 2 bytes"):
        transport.send(Request("GET", "/"))
    server.dev.faults.fail_once(delay=5.0)
    with pytest.raises(RequestTimeoutError):
        transport.send(Request("GET", "/", timeout=4))
    server.dev.faults.fail_once(delay=5.0)
    assert transport.send(Request("GET", "/", timeout=6)).status == 200
    assert server.clock.now() == START + 10


def test_sip_outcome(server: Server) -> None:
    """A busy callee, as the Twirp error of a dial."""
    server.dev.faults.fail_once(method="CreateSIPParticipant", sip_status=486, sip_reason="Busy")
    response = server.exchange(DIAL, {}).response
    body = json.loads(response.content)
    assert (response.status, body["code"]) == (429, "resource_exhausted")
    assert body["meta"]["sip_status"] == "Busy"


def test_the_header_works_on_the_stateful_server(server: Server) -> None:
    """X-Lk-Mock strikes after token and grants were checked, and says which region served."""
    asked = {"X-Lk-Mock": json.dumps({"failRegions": [0], "failStatus": 500})}
    response = server.exchange("CreateRoom", {"name": "demo"}, asked).response
    assert (response.status, response.headers["x-lk-mock-region"]) == (500, "")
    assert server.world.rooms == {}
    assert server.exchange("CreateRoom", {}, asked, roomCreate=False).response.status == 401
    elsewhere = {"X-Lk-Mock": '{"failRegions": [1], "delayMs": 1500}'}
    exchange = server.exchange("CreateRoom", {"name": "demo"}, elsewhere)
    assert (exchange.response.headers["x-lk-mock-region"], exchange.waited) == ("0", 1.5)
    made_up = server.exchange("ListRooms", {}, {"X-Lk-Mock": '{"response": {"rooms": [{}]}}'})
    assert json.loads(made_up.response.content) == {"rooms": [{}]}
    dropped = server.exchange(
        "ListRooms", {}, {"X-Lk-Mock": '{"failRegions":[0],"failMode":"drop"}'}
    )
    assert dropped.drop
    wrong = server.exchange("ListRooms", {}, {"X-Lk-Mock": '{"response": {"rooms": 5}}'})
    assert b"not a ListRoomsResponse" in wrong.response.content


def test_skip_auth(server: Server) -> None:
    """With skipAuth a bad token, and none, will do."""
    headers = {"x-lk-mock": '{"skipAuth": true}', "content-type": "application/json"}
    for more in ({}, {"authorization": "Bearer x"}):
        request = Request("POST", LIST, {**headers, **more}, b"{}")
        assert server.dev.handle(request).status == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"X-Lk-Mock": "[]"},
        {"X-Lk-Mock": '{"failRegions": [true]}'},
        {"X-Lk-Mock": '{"failRegions": [0], "delayMs": "1"}'},
        {"X-Lk-Mock": '{"sipStatus": 486}'},
        {"X-Lk-Mock": '{"failRegions": null}'},
        {"X-Lk-Mock-Fail-Regions": "all", "X-Lk-Mock-Response": "{"},
    ],
)
def test_headers_that_ask_for_nothing(server: Server, asked: dict[str, str]) -> None:
    """A header that does not hold what it should is ignored as a whole."""
    assert server.exchange("ListRooms", {}, asked).response.status == 200


def test_handle_sits_out_delays() -> None:
    """The plain call waits as a front end would."""
    server = DevServer()
    server.faults.fail_once(delay=0.05)
    before = time.monotonic()
    assert server.handle(Request("GET", "/")).status == 200
    assert time.monotonic() - before >= 0.05


def test_legacy_fail_mode_delay() -> None:
    """The older headers can make a region hang and then fail."""
    server = MockServer(World(clock=VirtualClock(START), config=WorldConfig(keys=KEYS)))
    headers = {"x-lk-mock-fail-regions": "0, 1", "x-lk-mock-fail-mode": "delay"}
    exchange = server.exchange(Request("POST", "/twirp/livekit.Nope/Nope", headers))
    assert (exchange.response.status, exchange.waited) == (503, 30.0)
    headers |= {"x-lk-mock-delay-ms": "20", "x-lk-mock-regions-status": "404"}
    assert server.exchange(Request("POST", "/twirp/livekit.Nope/Nope", headers)).waited == 0.02
    assert server.exchange(Request("GET", "/settings/regions", headers)).response.status == 404


@pytest.mark.parametrize(
    ("method", "body", "seconds"),
    [
        ("CreateSIPParticipant", {"wait_until_answered": True}, 11.0),
        ("CreateSIPParticipant", {}, 0.0),
        ("TransferSIPParticipant", {}, 11.0),
        ("DeleteSIPTrunk", {}, 0.0),
    ],
)
def test_natural_latency_of_dials(method: str, body: dict[str, object], seconds: float) -> None:
    """The stateless server dials as slowly as people answer."""
    server = MockServer(World(clock=VirtualClock(START), config=WorldConfig(keys=KEYS)))
    claims = {"sip": {"call": True, "admin": True}, "video": {"roomAdmin": True}}
    token = mint({"iss": "devkey", "exp": START + 60, **claims})
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    path = f"/twirp/livekit.SIP/{method}"
    exchange = server.exchange(Request("POST", path, headers, json.dumps(body).encode()))
    assert (exchange.response.status, exchange.waited) == (200, seconds)


def test_stateless_server_survives_nonsense() -> None:
    """A URL that is none is 400, as with the other server."""
    assert MockServer().handle(Request("GET", "http://[/")).status == 400
    assert DevServer().handle(Request("GET", "http://[/")).status == 400


@pytest.fixture
def regions() -> Iterator[RegionalFrontEnd]:
    with RegionalFrontEnd(World(keys=KEYS), ports=(0, 0, 0)) as regions:
        yield regions


def call(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    claims = {"iss": "devkey", "exp": int(time.time()) + 60, "video": {"roomList": True}}
    sent = {
        "Authorization": f"Bearer {mint(claims)}",
        "Content-Type": "application/json",
        **headers,
    }
    try:
        connection.request("POST", LIST, b"{}", sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


def test_regions_on_ports(regions: RegionalFrontEnd) -> None:
    """Each port is a region of one world; a fault can concern one of them."""
    regions.server.faults.fail(regions=frozenset({0}), status=503)
    answers = [call(url) for url in regions.urls]
    assert [status for status, _, _ in answers] == [503, 200, 200]
    assert [headers["x-lk-mock-region"] for _, headers, _ in answers] == ["", "1", "2"]
    connection = http.client.HTTPConnection("127.0.0.1", regions.fronts[1].port, timeout=10)
    connection.request("GET", "/settings/regions")
    listed = json.loads(connection.getresponse().read())["regions"]
    connection.close()
    assert [region["url"] for region in listed] == list(regions.urls)


def test_pinned_project(regions: RegionalFrontEnd) -> None:
    """451 in plain text outside the regions of the project, which alone are listed."""
    regions.server.faults.pin("region-2")
    status, _, body = call(regions.urls[0])
    assert (status, body) == (451, b"project not allowed in this region.")
    assert call(regions.urls[2])[0] == 200
    answer = regions.server.handle(Request("GET", "/settings/regions"))
    assert [r["region"] for r in json.loads(answer.content)["regions"]] == ["region-2"]


def test_drop_and_truncate_on_sockets(regions: RegionalFrontEnd) -> None:
    """A connection closed without a response, and one closed in the middle of it."""
    regions.server.faults.fail_once(drop="after")
    with pytest.raises(http.client.RemoteDisconnected):
        call(regions.urls[0])
    regions.server.faults.fail_once(truncate=3)
    with pytest.raises(http.client.IncompleteRead):
        call(regions.urls[0])
    regions.server.faults.fail_once(response=Response(599, {}, b"odd"))
    assert call(regions.urls[0])[::2] == (599, b"odd")
    regions.server.faults.add(Fault(delay=0.2), times=1)
    before = time.monotonic()
    assert call(regions.urls[0])[0] == 200
    assert time.monotonic() - before >= 0.2


def test_regions_need_free_ports(regions: RegionalFrontEnd) -> None:
    """A port in use is an error, and the ports taken before it are given back."""
    taken = regions.fronts[0].port
    with pytest.raises(OSError, match="in use"):
        RegionalFrontEnd(World(), ports=(0, taken))


def test_advertised_origins() -> None:
    """What clients are told may differ from what is listened on."""
    front = RegionalFrontEnd(World(), ports=(0, 0), advertise="http://lk.test")
    assert all(url.startswith("http://lk.test:") for url in front.urls)
    assert front.world is front.server.world
    front.close()
