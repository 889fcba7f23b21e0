"""Phone numbers, connectors and analytics: what only the cloud profile serves."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import pytest

from lkapi.analytics import SessionEgress
from lkapi.analytics.reading import read_details, read_sessions
from lkapi.devserver import CallNotTakenError, DevServer, MockServer, World
from lkapi.devserver.handlers import find_handler
from lkapi.devserver.runtime import forgetting
from lkapi.devserver.runtime.config import read_config
from lkapi.devserver.server.services import SELF_HOSTED
from lkapi.errors import NotFoundError, SettingsError
from lkapi.methods import all_methods
from lkapi.protocol.models import ParticipantInfo, TrackSource
from lkapi.transports.base import Request, Response
from tests.devserver.service_calls import ServiceServer
from tests.devserver.tokens import KEYS, mint
from tests.devserver.unserved import is_unserved

PHONE = "PhoneNumberService"
RULE = {"dispatch_rule": {"rule": {"dispatch_rule_direct": {"room_name": "desk"}}}}


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer("cloud")


# what is served


@pytest.mark.parametrize("row", all_methods(), ids=str)
def test_every_row_is_served_or_says_that_it_is_not(row: Any, server: ServiceServer) -> None:
    """Each method has a handler, or answers 501; at home the Cloud's services do not exist."""
    if is_unserved(row):
        status, answer = server.ask(str(row))
        assert (status, answer["code"]) == (501, "unimplemented")
        assert str(row) in answer["msg"]
    else:
        assert find_handler(row.path) is not None, (
            f"no handler for {row} in src/lkapi/devserver/handlers/: write one, "
            "or list it in tests/devserver/unserved.py"
        )
        status, answer = server.ask(str(row))
        assert status != 501
        assert answer.get("code") not in ("bad_route", "internal")
    if row.service not in SELF_HOSTED:
        home = ServiceServer("self-hosted").send_to(str(row)).response
        assert (home.status, home.content) == (404, b"404 page not found\n")


# phone numbers


def buy(server: ServiceServer, *numbers: str, **more: Any) -> list[Any]:
    body = {"phone_numbers": list(numbers), **more}
    return server.get(f"{PHONE}/PurchasePhoneNumber", body)["phone_numbers"]


def test_search_gives_reserved_numbers(server: ServiceServer) -> None:
    """Numbers on offer are fictional, and the same every time."""
    found = server.get(f"{PHONE}/SearchPhoneNumbers", {"country_code": "US", "area_code": "415"})
    assert len(found["items"]) == 50
    assert found["items"][0]["e164_format"] == "+14155550100"
    assert found["items"][0]["locality"] == "San Francisco"
    again = server.get(f"{PHONE}/SearchPhoneNumbers", {"country_code": "US", "area_code": "415"})
    assert again == found
    token = {"page_token": found["next_page_token"]}
    body = {"country_code": "US", "area_code": "415", "limit": 99, **token}
    rest = server.get(f"{PHONE}/SearchPhoneNumbers", body)
    assert rest["items"][-1]["e164_format"] == "+14155550199"
    assert (len(rest["items"]), rest["next_page_token"]) == (50, None)
    for body in ({"country_code": "DE"}, {"country_code": "US", "area_code": "1"}):
        assert server.get(f"{PHONE}/SearchPhoneNumbers", body)["items"] == []


def test_number_is_bought_routed_and_released(server: ServiceServer) -> None:
    """A bought number is owned and sends its calls to its rule; once released it is free."""
    rule = server.get("SIP/CreateSIPDispatchRule", RULE)["sip_dispatch_rule_id"]
    (number,) = buy(server, "+14155550107")
    assert number["status"] == "PHONE_NUMBER_STATUS_ACTIVE"
    offered = server.world.numbers.search("US", "415")
    assert "+14155550107" not in [other.e164_format for other in offered]
    change = {"id": number["id"], "sip_dispatch_rule_id": rule, "name": "front desk"}
    changed = server.get(f"{PHONE}/UpdatePhoneNumber", change)["phone_number"]
    assert (changed["sip_dispatch_rule_ids"], changed["name"]) == ([rule], "front desk")
    assert changed["assigned_at"]
    got = server.get(f"{PHONE}/GetPhoneNumber", {"phone_number": "1 415 555 0107"})
    assert got["phone_number"] == changed
    taken = server.world.calls.take("+12125550100", "+14155550107")
    assert taken.participant.room_name == "desk"
    listed = server.get(f"{PHONE}/ListPhoneNumbers", {"sip_dispatch_rule_id": rule})
    assert (len(listed["items"]), listed["total_count"]) == (1, 1)
    server.get(f"{PHONE}/ReleasePhoneNumbers", {"ids": [number["id"]]})
    assert server.get(f"{PHONE}/ListPhoneNumbers")["items"] == []
    released = {"statuses": ["PHONE_NUMBER_STATUS_RELEASED"]}
    assert len(server.get(f"{PHONE}/ListPhoneNumbers", released)["items"]) == 1
    assert len(buy(server, "+14155550107")) == 1


def test_number_bought_for_a_rule(server: ServiceServer) -> None:
    """A purchase can name the rule; renaming leaves it, an empty id takes it away."""
    rule = server.get("SIP/CreateSIPDispatchRule", RULE)["sip_dispatch_rule_id"]
    (number,) = buy(server, "+14155550107", sip_dispatch_rule_id=rule)
    assert (number["sip_dispatch_rule_id"], number["assigned_at"] is None) == (rule, False)
    by_id = {"id": number["id"]}
    named = server.get(f"{PHONE}/UpdatePhoneNumber", {**by_id, "name": "desk"})["phone_number"]
    assert named["sip_dispatch_rule_ids"] == [rule]
    off = {**by_id, "sip_dispatch_rule_id": ""}
    freed = server.get(f"{PHONE}/UpdatePhoneNumber", off)["phone_number"]
    assert (freed["sip_dispatch_rule_ids"], freed["assigned_at"]) == ([], None)


@pytest.mark.parametrize(
    ("rule_pin", "typed", "taken"),
    [
        ("1234", "1234", True),
        ("1234", "", False),
        ("1234", "99", False),
        ("", "", True),
        ("", "99", True),  # keys that were pressed for nothing
    ],
)
def test_a_number_is_no_way_past_the_pin_of_its_rule(
    server: ServiceServer, rule_pin: str, typed: str, taken: bool
) -> None:
    """A LiveKit server asks for it, whether the rule was found by its number or by matching."""
    body = {"rule": {"dispatch_rule_direct": {"room_name": "desk", "pin": rule_pin}}}
    rule = server.get("SIP/CreateSIPDispatchRule", body)["sip_dispatch_rule_id"]
    buy(server, "+14155550107", sip_dispatch_rule_id=rule)
    take = server.world.calls.take
    if taken:
        assert take("+12125550100", "+14155550107", pin=typed).participant.room_name == "desk"
        return
    with pytest.raises(CallNotTakenError, match=r"pass the rule's PIN as pin=") as caught:
        take("+12125550100", "+14155550107", pin=typed)
    assert "1234" not in str(caught.value)


def test_the_oldest_released_numbers_are_forgotten(
    server: ServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that runs for months does not grow; numbers that are owned stay."""
    monkeypatch.setattr(forgetting, "KEPT", 2)
    (owned,) = buy(server, "+14155550100")
    for _ in range(3):
        (number,) = buy(server, "+14155550107")
        server.get(f"{PHONE}/ReleasePhoneNumbers", {"ids": [number["id"]]})
    assert list(server.world.numbers.by_id) == [owned["id"], number["id"]]


def test_numbers_in_pages(server: ServiceServer) -> None:
    """Lists have a limit and a token."""
    buy(server, *[f"+1415555010{n}" for n in range(5)])
    first = server.get(f"{PHONE}/ListPhoneNumbers", {"limit": 3})
    token = {"limit": 3, "page_token": first["next_page_token"]}
    second = server.get(f"{PHONE}/ListPhoneNumbers", token)
    assert (len(first["items"]), len(second["items"]), first["total_count"]) == (3, 2, 5)


@pytest.mark.parametrize(
    ("method", "body", "status", "code"),
    [
        ("SearchPhoneNumbers", {}, 400, "invalid_argument"),
        ("PurchasePhoneNumber", {}, 400, "invalid_argument"),
        ("PurchasePhoneNumber", {"phone_numbers": ["+14155551234"]}, 404, "not_found"),
        ("PurchasePhoneNumber", {"phone_numbers": ["+14155550100"]}, 409, "already_exists"),
        (
            "PurchasePhoneNumber",
            {"phone_numbers": ["+14155550101"], "sip_dispatch_rule_id": "SDR_x"},
            404,
            "not_found",
        ),
        ("GetPhoneNumber", {}, 400, "invalid_argument"),
        ("GetPhoneNumber", {"id": "PN_x"}, 404, "not_found"),
        (
            "UpdatePhoneNumber",
            {"phone_number": "+14155550100", "sip_dispatch_rule_id": "SDR_x"},
            404,
            "not_found",
        ),
        ("ReleasePhoneNumbers", {}, 400, "invalid_argument"),
        ("ReleasePhoneNumbers", {"phone_numbers": ["+14155550199"]}, 404, "not_found"),
        ("ListPhoneNumbers", {"page_token": {"token": "bm8="}}, 400, "invalid_argument"),
    ],
)
def test_phone_refusals(
    server: ServiceServer, method: str, body: Any, status: int, code: str
) -> None:
    """What cannot be bought, found or changed is refused, and nothing changes."""
    buy(server, "+14155550100")
    got, answer = server.ask(f"{PHONE}/{method}", body)
    assert (got, answer["code"]) == (status, code)
    assert len(server.world.numbers.by_id) == 1


# connectors

WHATSAPP = {
    "whatsapp_phone_number_id": "1",
    "whatsapp_api_key": "fake",
    "whatsapp_cloud_api_version": "23.0",
    "room_name": "demo",
    "participant_identity": "wa",
    "agents": [{"agent_name": "bot"}],
}
SDP = {"type": "offer", "sdp": "v=0"}


def test_whatsapp_call(server: ServiceServer) -> None:
    """A dialled call has its room and agents at once, its participant once it is connected."""
    body = {**WHATSAPP, "whatsapp_to_phone_number": "+14155550100"}
    dialled = server.get("Connector/DialWhatsAppCall", body)
    assert dialled["room_name"] == "demo"
    assert server.world.find_participant("demo", "wa") is None
    room = server.world.rooms["demo"]
    assert [dispatch.agent_name for dispatch in room.dispatches.values()] == ["bot"]
    named = {"whatsapp_call_id": dialled["whatsapp_call_id"]}
    server.get("Connector/ConnectWhatsAppCall", {**named, "sdp": SDP})
    person = server.world.find_participant("demo", "wa")
    assert person is not None
    assert person.info.kind == ParticipantInfo.Kind.CONNECTOR
    end = {**named, "whatsapp_api_key": "fake"}
    server.get("Connector/DisconnectWhatsAppCall", end)
    assert not person.connected
    assert server.refusal("Connector/DisconnectWhatsAppCall", end)[0] == 404


def test_accepted_whatsapp_call(server: ServiceServer) -> None:
    """An accepted call is in its room at once; agents come into a room that is open, too."""
    server.call("CreateRoom", {"name": "demo"})
    body = {**WHATSAPP, "whatsapp_call_id": "wacid.1", "sdp": SDP}
    assert server.get("Connector/AcceptWhatsAppCall", body) == {"room_name": "demo"}
    assert server.world.find_participant("demo", "wa") is not None
    names = [d.agent_name for d in server.world.rooms["demo"].dispatches.values()]
    assert names == ["", "bot"]


def test_twilio_call(server: ServiceServer) -> None:
    """Twilio is given a URL; opening it brings the caller in."""
    url = server.get("Connector/ConnectTwilioCall", {"room_name": "demo"})["connect_url"]
    assert url.startswith("wss://")
    person = server.world.connectors.connect(url)
    assert server.world.connectors.connect(url) is person
    assert person.room_name == "demo"
    with pytest.raises(NotFoundError):
        server.world.connectors.connect("wss://elsewhere")


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ("DialWhatsAppCall", "whatsapp_phone_number_id"),
        ("AcceptWhatsAppCall", "whatsapp_phone_number_id"),
        ("ConnectWhatsAppCall", "whatsapp_call_id"),
        ("DisconnectWhatsAppCall", "whatsapp_call_id"),
        ("ConnectTwilioCall", "room_name"),
    ],
)
def test_connector_needs(server: ServiceServer, method: str, missing: str) -> None:
    """A call without what it cannot do without is refused, naming it."""
    assert server.refusal(f"Connector/{method}") == (400, f"missing {missing}")


CONNECTOR_ROWS = [row for row in all_methods() if row.service == "Connector"]


@pytest.mark.parametrize("row", CONNECTOR_ROWS, ids=str)
def test_connector_calls_need_room_create_alone(row: Any) -> None:
    """Neither does our client send a room, nor do the servers compare the one of another client."""
    named = {field.name for field in row.request.__layout__.descriptor.fields}
    request = row.request(**({"room_name": "demo"} if "room_name" in named else {}))
    assert row.needs(request).as_claims() == {"video": {"roomCreate": True}}
    for grants, passes in (
        ({"roomCreate": True}, True),
        ({"roomCreate": True, "room": "other"}, True),
        ({"roomAdmin": True, "room": "demo"}, False),
    ):
        token = mint({"iss": "devkey", "exp": int(time.time()) + 60, "video": grants})
        for kind, refusal in ((DevServer, 401), (MockServer, 403)):
            sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"}
            post = Request("POST", row.path, sent, request.to_bytes())
            status = kind(World(keys=KEYS)).handle(post).status
            assert (status != refusal) is passes, (kind, grants, status)


# analytics


def ask(server: ServiceServer, path: str, verb: str = "GET", **video: bool) -> Response:
    token = server.token(video=video or {"roomList": True})
    headers = {"Authorization": f"Bearer {token}"}
    return server.dev.handle(Request(verb, f"/api/project/p_1/sessions{path}", headers))


def test_sessions_tell_what_happened(server: ServiceServer) -> None:
    """Rooms, stays, sources and egress of the world are found in the analytics."""
    began = server.clock.now()
    server.call("CreateRoom", {"name": "demo"})
    ann = server.join("ann", "demo", name="Ann")
    ann.publish("cam", source=TrackSource.CAMERA)
    server.join("bob", "demo", active=False).leave()
    server.clock.advance(90)
    (session,) = read_sessions(ask(server, "").content)
    assert (session.room_name, session.ended_at) == ("demo", None)
    assert session.created_at == datetime.fromtimestamp(began, timezone.utc)
    assert (session.num_participants, session.num_active_participants) == (1, 1)
    counts = session.connection_counts
    assert (counts.attempts, counts.success) == (2, 1)
    assert session.egress == SessionEgress.NEVER_STARTED
    ann.leave()
    server.join("ann", "demo", name="Ann").leave()
    server.clock.advance(100)
    (session,) = read_sessions(ask(server, "").content)
    assert session.ended_at is not None
    details = read_details(ask(server, f"/{session.session_id}").content)
    assert details.room_id == session.session_id
    assert details.connection_minutes == 2
    (guest,) = details.participants
    assert (guest.participant_identity, guest.participant_name) == ("ann", "Ann")
    assert len(guest.sessions) == 2
    assert guest.published_sources.camera_track
    assert not guest.published_sources.microphone_track


def test_sessions_show_egress(server: ServiceServer) -> None:
    """A recording is active, then ended."""
    server.call("CreateRoom", {"name": "demo"})
    body = {"room_name": "demo", "file_outputs": [{"filepath": "x", "s3": {"bucket": "b"}}]}
    egress_id = server.get("Egress/StartRoomCompositeEgress", body)["egress_id"]
    assert read_sessions(ask(server, "").content)[0].egress == SessionEgress.ACTIVE
    server.world.egresses.fail(egress_id, "boom")
    assert read_sessions(ask(server, "").content)[0].egress == SessionEgress.ENDED


def test_sessions_in_pages_and_days(server: ServiceServer) -> None:
    """Newest first; pages count from 0; both days of a range are in it."""
    for name in ("one", "two", "three"):
        server.call("CreateRoom", {"name": name})
        server.clock.advance(86_400)

    def names(query: str) -> list[str]:
        return [session.room_name for session in read_sessions(ask(server, query).content)]

    assert names("?limit=2") == ["three", "two"]
    assert names("?limit=2&page=1") == ["one"]
    assert names("/") == ["three", "two", "one"]
    assert names("?start=2027-01-16&end=2027-01-16") == ["two"]
    assert names("?start=2027-01-18") == []


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("?limit=0", 400, "limit must be a number, 1 or more"),
        ("?page=-1", 400, "page must be a number, 0 or more"),
        ("?start=tomorrow", 400, "start must be a day, YYYY-MM-DD"),
        ("?start=2027-01-02&end=2027-01-01", 400, "start must not be after end"),
        ("/RM_nope", 404, "session not found"),
    ],
)
def test_analytics_refusals(server: ServiceServer, path: str, status: int, text: str) -> None:
    """A bad query or an unknown session is told in plain text."""
    answer = ask(server, path)
    assert (answer.status, answer.content.decode()) == (status, text)


def test_analytics_needs_a_grant_and_the_cloud(server: ServiceServer) -> None:
    """roomList is needed, GET is the only verb, and a self-hosted server has none of it."""
    assert ask(server, "", roomCreate=True).status == 401
    assert server.send("GET", "/api/project/p_1/sessions").status == 401
    assert ask(server, "", "POST").status == 405
    assert server.send("GET", "/api/project/p_1/users").status == 404
    assert ask(ServiceServer("self-hosted"), "").status == 404


def test_dispatch_attributes_have_a_limit(server: ServiceServer) -> None:
    """An agent's attributes may hold 64 KiB, as a participant's may."""
    body = {"room": "demo", "attributes": {"a": "x" * 65_536}}
    status, message = server.refusal("AgentDispatchService/CreateDispatch", body)
    assert (status, message) == (400, "twirp error unknown: attributes size exceeds limits")


def test_page_size_is_a_setting() -> None:
    """The size of pages can be set in a configuration file, to a positive number."""
    assert read_config({"page_size": 7, "sip_worker": True}).page_size == 7
    for wrong in (0, "7", True):
        with pytest.raises(SettingsError, match="page_size"):
            read_config({"page_size": wrong})
