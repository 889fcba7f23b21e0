"""Phone calls of a world: callees that answer or not, transfers, calls from outside."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.devserver import CallNotTakenError, MockServer
from lkapi.devserver.runtime import forgetting
from lkapi.devserver.telephony.callees import Callee
from lkapi.protocol.models import DisconnectReason, ParticipantInfo
from lkapi.protocol.room import RoomConfiguration
from lkapi.protocol.sip import SIPTransferReason, SIPTransferStatus
from tests.devserver.service_calls import ServiceServer

NUMBER = "+14155550100"
TRUNK = {"address": "sip.example.com", "numbers": ["+14155550199"]}


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer("cloud")


def dial(server: ServiceServer, *, wait: bool = True, **more: Any) -> tuple[int, Any]:
    trunk = server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})
    body = {
        "sip_trunk_id": trunk["sip_trunk_id"],
        "sip_call_to": NUMBER,
        "room_name": "demo",
        "participant_identity": "callee",
        "wait_until_answered": wait,
    }
    return server.ask("SIP/CreateSIPParticipant", {**body, **more})


def transfer(server: ServiceServer, target: str = "tel:+14155550177", **more: Any) -> Any:
    body = {"room_name": "demo", "participant_identity": "callee", "transfer_to": target}
    return server.ask("SIP/TransferSIPParticipant", {**body, **more})


def test_answered_call_is_a_participant(server: ServiceServer) -> None:
    """Who answers is in the room, as a SIP participant with the attributes of a call."""
    server.world.callees.answers(NUMBER, after=7)
    before = server.clock.now()
    status, answer = dial(
        server, participant_name="Ann", participant_metadata="m", participant_attributes={"a": "b"}
    )
    assert status == 200
    assert server.clock.now() - before == 7
    person = server.world.find_participant("demo", "callee")
    assert person is not None
    assert person.sid == answer["participant_id"]
    assert person.info.kind == ParticipantInfo.Kind.SIP
    assert (person.info.name, person.info.metadata) == ("Ann", "m")
    attributes = person.info.attributes
    assert attributes["a"] == "b"
    assert attributes["sip.callID"] == answer["sip_call_id"]
    assert attributes["sip.phoneNumber"] == NUMBER
    assert attributes["sip.trunkPhoneNumber"] == "+14155550199"
    assert attributes["sip.callStatus"] == "active"
    placed = server.world.calls.find(answer["sip_call_id"])
    assert placed is not None
    assert placed.active
    assert (placed.direction, placed.number) == ("outbound", NUMBER)


def test_hidden_number(server: ServiceServer) -> None:
    """With hide_phone_number the room does not see the numbers."""
    dial(server, hide_phone_number=True)
    person = server.world.find_participant("demo", "callee")
    assert person is not None
    assert "sip.phoneNumber" not in person.info.attributes


@pytest.mark.parametrize(
    ("how", "status", "code", "sip"),
    [
        ("busy", 429, "resource_exhausted", "486"),
        ("declines", 403, "permission_denied", "603"),
        ("unknown", 404, "not_found", "404"),
    ],
)
def test_call_that_fails(server: ServiceServer, how: str, status: int, code: str, sip: str) -> None:
    """A caller who waits is told the SIP status; nobody is in the room."""
    getattr(server.world.callees, how)(NUMBER)
    got, answer = dial(server)
    assert (got, answer["code"]) == (status, code)
    assert answer["meta"]["sip_status_code"] == sip
    assert server.world.find_participant("demo", "callee") is None
    assert server.world.calls.all() == []


def test_any_sip_status(server: ServiceServer) -> None:
    """A carrier's failure keeps its status; a status without a reason is named."""
    server.world.callees.fails(NUMBER, 503, "No Lines")
    status, answer = dial(server)
    assert status == 412
    assert answer["msg"] == "twirp error unknown: sip status 503: No Lines"
    server.world.callees.fails(NUMBER, 480)
    assert dial(server)[1]["meta"]["sip_status"] == "SIP_STATUS_TEMPORARILY_UNAVAILABLE"
    with pytest.raises(ValueError, match="200 is not the SIP status of a failed call"):
        server.world.callees.fails(NUMBER, 200)


def test_broken_service_has_no_sip_status(server: ServiceServer) -> None:
    """A failure of the SIP service itself is internal, without metadata."""
    server.world.callees.breaks(NUMBER, "no media ports")
    status, answer = dial(server)
    assert (status, answer["code"]) == (500, "internal")
    assert "meta" not in answer


def test_ringing_timeout(server: ServiceServer) -> None:
    """It rings as long as the request says, then the call has no answer (408)."""
    server.world.callees.no_answer(NUMBER)
    before = server.clock.now()
    status, answer = dial(server, ringing_timeout="12s")
    assert (status, answer["meta"]["sip_status_code"]) == (408, "408")
    assert server.clock.now() - before == 12


def test_deadline_of_the_server(server: ServiceServer) -> None:
    """Without a ringing timeout the server gives up after 80 s, as the caller's deadline does."""
    server.world.callees.no_answer(NUMBER)
    before = server.clock.now()
    status, answer = dial(server, ringing_timeout="-1s")
    assert (status, answer["msg"]) == (408, "twirp error unknown: request timed out")
    assert server.clock.now() - before == 80


def test_call_that_is_not_waited_for(server: ServiceServer) -> None:
    """The participant is there at once, dialling; what comes of it happens by the clock."""
    callees = server.world.callees
    callees.answers(NUMBER, after=5)
    _, answer = dial(server, wait=False)
    placed = server.world.calls.find(answer["sip_call_id"])
    assert placed is not None
    assert placed.status == "dialing"
    server.clock.advance(5)
    (placed,) = server.world.calls.all()
    assert placed.status == "active"
    assert placed.answered_at == server.clock.now()


@pytest.mark.parametrize(
    ("callee", "reason"),
    [
        (Callee(status=486, rings=3), DisconnectReason.USER_UNAVAILABLE),
        (Callee(status=603, rings=3), DisconnectReason.USER_REJECTED),
        (Callee(status=500, rings=3), DisconnectReason.SIP_TRUNK_FAILURE),
        (Callee(rings=1000), DisconnectReason.USER_UNAVAILABLE),
    ],
)
def test_unwatched_call_that_fails(
    server: ServiceServer, callee: Callee, reason: DisconnectReason
) -> None:
    """The participant leaves with a reason that tells why."""
    server.world.callees.set(NUMBER, callee)
    assert dial(server, wait=False, ringing_timeout="20s")[0] == 200
    person = server.world.find_participant("demo", "callee")
    server.clock.advance(20)
    (placed,) = server.world.calls.all()
    assert placed.status == "hangup"
    assert person is not None
    assert person.disconnect_reason == reason


def test_hang_up(server: ServiceServer) -> None:
    """The far end hangs up and is gone from the room."""
    _, answer = dial(server)
    server.world.calls.hang_up(answer["sip_call_id"])
    server.world.calls.hang_up(answer["sip_call_id"])
    assert server.world.find_participant("demo", "callee") is None
    assert server.events().count("participant_left") == 1
    with pytest.raises(KeyError):
        server.world.calls.hang_up("SCL_nope")


def test_numbers_are_compared_without_their_form(server: ServiceServer) -> None:
    """A number is the same with and without separators, and in a URI."""
    callees = server.world.callees
    callees.busy("tel:+1 (415) 555-0100")
    assert callees.find("14155550100").status == 486
    assert callees.find("<sip:+14155550100@host;user=phone>").status == 486
    callees.clear()
    assert callees.find(NUMBER).answers
    callees.default = Callee(status=404)
    assert callees.find("anybody").status == 404


def test_inline_trunk_and_trunk_by_number(server: ServiceServer) -> None:
    """A call needs no stored trunk; without id or host, the number names the trunk."""
    body = {"sip_call_to": NUMBER, "room_name": "demo", "sip_number": "+14155550199"}
    assert server.refusal("SIP/CreateSIPParticipant", body)[0] == 404
    inline = {**body, "trunk": {"hostname": "sip.example.com"}}
    assert server.get("SIP/CreateSIPParticipant", inline)["participant_identity"] == (
        f"sip_{NUMBER}"
    )
    server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})
    assert server.get("SIP/CreateSIPParticipant", body)["room_name"] == "demo"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"display_name": "x" * 129}, "DisplayName too long (max 128 characters)"),
        ({"destination": {"city": "Bonn"}}, "if city is specified, country or region must"),
        ({"destination": {"country": "Germany"}}, "country must be a valid ISO 3166-1"),
        ({"media": {"media_timeout": "601s"}}, "media timeout is too long"),
        ({"headers": {"X-A": "a\r\nb"}}, "invalid header value for X-A"),
        ({"headers": {"": "a"}}, "invalid header name: header name is empty"),
    ],
)
def test_dial_is_checked(server: ServiceServer, more: Any, message: str) -> None:
    """What is wrong with a call is named before anything is dialled."""
    status, answer = dial(server, **more)
    assert status == 400
    assert answer["msg"].startswith(message)


def test_full_room(server: ServiceServer) -> None:
    """A callee does not fit into a full room."""
    server.call("CreateRoom", {"name": "demo", "max_participants": 1})
    server.join("ann", "demo")
    status, answer = dial(server)
    assert (status, answer["code"]) == (412, "failed_precondition")


def test_transfer(server: ServiceServer) -> None:
    """A transferred call leaves the room; the Cloud's answer says that it is done."""
    _, answer = dial(server)
    status, done = transfer(server)
    assert (status, done["status"], done["reason"]) == (
        200,
        "STS_TRANSFER_SUCCESSFUL",
        "STR_COMPLETED",
    )
    placed = server.world.calls.find(answer["sip_call_id"])
    assert placed is not None
    assert placed.transferred_to == "tel:+14155550177"
    assert not placed.participant.connected
    assert transfer(server)[0] == 404


def test_transfer_that_fails_keeps_the_call(server: ServiceServer) -> None:
    """Who is not transferred stays on the line."""
    _, answer = dial(server)
    server.world.callees.declines("+14155550177")
    status, refusal = transfer(server)
    assert (status, refusal["meta"]["sip_status_code"]) == (403, "603")
    server.world.callees.no_answer("+14155550177")
    before = server.clock.now()
    assert transfer(server, ringing_timeout="4s")[0] == 408
    assert server.clock.now() - before == 4
    assert transfer(server)[0] == 408
    assert server.clock.now() - before == 34
    placed = server.world.calls.find(answer["sip_call_id"])
    assert placed is not None
    assert placed.active


def add_rule(server: ServiceServer, rule: Any, **more: Any) -> str:
    body = {"dispatch_rule": {"rule": rule, **more}}
    return server.get("SIP/CreateSIPDispatchRule", body)["sip_dispatch_rule_id"]


def test_call_from_outside(server: ServiceServer) -> None:
    """Trunk and rule decide where a caller goes; the rule's values are inherited (F145, F146)."""
    trunk = server.get("SIP/CreateSIPInboundTrunk", {"trunk": {"numbers": ["+14155550111"]}})
    config = {"agents": [{"agent_name": "bot"}], "metadata": "rm"}
    rule_id = add_rule(
        server,
        {"dispatch_rule_individual": {"room_prefix": "call-"}},
        trunk_ids=[trunk["sip_trunk_id"]],
        attributes={"vip": "1"},
        metadata="pm",
        room_config=config,
    )
    taken = server.world.calls.take(NUMBER, "+14155550111", attributes={"x": "y"})
    assert taken.active
    assert taken.participant.room_name.startswith(f"call-_{NUMBER}_")
    info = taken.participant.info
    assert (info.identity, info.name, info.metadata) == (f"sip_{NUMBER}", f"Phone {NUMBER}", "pm")
    assert (info.attributes["vip"], info.attributes["x"]) == ("1", "y")
    assert info.attributes["sip.ruleID"] == rule_id
    room = server.world.rooms[taken.participant.room_name]
    assert room.info.metadata == "rm"
    assert [dispatch.agent_name for dispatch in room.dispatches.values()] == ["bot"]


def test_rules_choose(server: ServiceServer) -> None:
    """A trunk's own rules go before those of all trunks; PINs and numbers must fit."""
    trunk = server.get("SIP/CreateSIPInboundTrunk", {"trunk": {"numbers": ["+14155550111"]}})
    own = [trunk["sip_trunk_id"]]
    add_rule(server, {"dispatch_rule_direct": {"room_name": "any"}})
    add_rule(server, {"dispatch_rule_direct": {"room_name": "own"}}, trunk_ids=own)
    add_rule(server, {"dispatch_rule_direct": {"room_name": "pin", "pin": "12"}}, trunk_ids=own)
    add_rule(
        server,
        {"dispatch_rule_callee": {"room_prefix": "vip"}},
        trunk_ids=own,
        inbound_numbers=[NUMBER],
        hide_phone_number=True,
    )
    take = server.world.calls.take
    assert take("+14155550122", "+14155550111").participant.room_name == "own"
    assert take("+14155550122", "+14155550111", pin="12").participant.room_name == "pin"
    vip = take(NUMBER, "+14155550111")
    assert vip.participant.room_name == "vip_+14155550111"
    assert vip.participant.identity == "sip_0100"
    assert "sip.phoneNumber" not in vip.participant.info.attributes
    with pytest.raises(CallNotTakenError, match="no inbound SIP trunk"):
        take(NUMBER, "+14155550112")


def test_call_that_no_rule_takes(server: ServiceServer) -> None:
    """Without a rule a call goes nowhere."""
    with pytest.raises(CallNotTakenError, match="no SIP dispatch rule"):
        server.world.calls.take(NUMBER, "+14155550111")


def test_random_rooms(server: ServiceServer) -> None:
    """A callee rule can give each caller a room; an individual one can leave the suffix off."""
    add_rule(server, {"dispatch_rule_callee": {"randomize": True}})
    first, second = (server.world.calls.take(NUMBER, "+14155550111") for _ in range(2))
    assert first.participant.room_name.startswith("+14155550111_")
    assert first.participant.room_name != second.participant.room_name


def test_no_sip_service_at_home() -> None:
    """8: without a SIP worker a call is refused after 1 s, and so is a transfer."""
    server = ServiceServer("self-hosted")
    before = server.clock.now()
    assert dial(server)[0] == 503
    assert server.clock.now() - before == 1
    server.join("callee", "demo", attributes={"sip.callID": "SCL_x"})
    assert transfer(server)[0] == 503


def test_callee_who_is_removed_while_it_rings(server: ServiceServer) -> None:
    """What would have come of a call no longer matters."""
    server.world.callees.answers(NUMBER, after=5)
    assert dial(server, wait=False)[0] == 200
    server.call("RemoveParticipant", {"room": "demo", "identity": "callee"})
    server.clock.advance(5)
    (placed,) = server.world.calls.all()
    assert placed.answered_at is None


def test_the_oldest_calls_that_are_over_are_forgotten(
    server: ServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dialled or from outside; those that go on stay, however old."""
    monkeypatch.setattr(forgetting, "KEPT", 3)
    add_rule(server, {"dispatch_rule_direct": {"room_name": "desk"}})
    calls = server.world.calls
    going_on = calls.take("+12125550100", "+14155550111")
    for number in ("+12125550101", "+12125550102"):
        calls.hang_up(calls.take(number, "+14155550111").call_id)
    dialled = calls.find(dial(server)[1]["sip_call_id"])
    assert dialled is not None
    calls.hang_up(dialled.call_id)
    taken = calls.take("+12125550103", "+14155550111")
    assert calls.all() == [going_on, dialled, taken]


def test_room_preset_of_a_rule() -> None:
    """A rule may name one of the operator's room configurations."""
    presets = {"quiet": RoomConfiguration(max_participants=7)}
    server = ServiceServer("cloud", presets=presets)
    add_rule(server, {"dispatch_rule_direct": {"room_name": "desk"}}, room_preset="quiet")
    taken = server.world.calls.take(NUMBER, "+14155550111")
    assert taken.participant.room.info.max_participants == 7


def test_pin_that_nobody_asked_for(server: ServiceServer) -> None:
    """A caller with a PIN does not get into rooms without one."""
    add_rule(server, {"dispatch_rule_direct": {"room_name": "desk"}})
    with pytest.raises(CallNotTakenError):
        server.world.calls.take(NUMBER, "+14155550111", pin="1")


def test_a_busy_line_on_a_newer_server() -> None:
    """From 1.13.8 on it is failed_precondition, for callees and for X-Lk-Mock, on both servers."""
    for version, status in (("1.13.5", 429), ("1.13.8", 412), ("1.20", 412), ("dev", 429)):
        server = ServiceServer("cloud", server_version=version)
        server.world.callees.busy(NUMBER)
        assert dial(server)[0] == status
        mocked = {"X-Lk-Mock": '{"sipStatus": {"code": 486}, "delayMs": 0}'}
        body = {"sip_call_to": NUMBER, "room_name": "demo", "sip_number": "+1", "trunk": {}}
        for dev in (server.dev, MockServer(server.world)):
            server.dev = dev
            asked = server.send_to("SIP/CreateSIPParticipant", body, mocked)
            assert asked.response.status == status


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        (0, SIPTransferReason.STR_COMPLETED, ""),
        (486, SIPTransferReason.STR_REJECTED, "sip status 486: Busy"),
        (-1, SIPTransferReason.STR_RINGING_TIMEOUT, "timed out"),
    ],
)
def test_the_progress_of_a_transfer(
    server: ServiceServer, status: int, reason: SIPTransferReason, text: str
) -> None:
    """The call has each transfer that was tried: when it began and ended, and how."""
    target = "+14155550177"
    if status == 486:
        server.world.callees.fails(target, 486, "Busy", after=3)
    elif status < 0:
        server.world.callees.no_answer(target)
    else:
        server.world.callees.answers(target, after=3)
    dial(server)
    (call,) = server.world.calls.all()
    seen: list[int] = []
    advance = server.clock.advance

    def ring(seconds: float) -> None:
        seen.extend(tried.transfer_status for tried in call.transfers)
        advance(seconds)

    server.clock.advance = ring
    answer = transfer(server)[1]
    (tried,) = call.transfers
    assert seen[0] == SIPTransferStatus.STS_TRANSFER_ONGOING
    succeeded = reason == SIPTransferReason.STR_COMPLETED
    ends = SIPTransferStatus.STS_TRANSFER_SUCCESSFUL, SIPTransferStatus.STS_TRANSFER_FAILED
    assert tried.transfer_status == ends[not succeeded]
    assert (tried.reason, tried.call_id) == (reason, call.call_id)
    assert tried.transfer_to == f"tel:{target}"
    waited = tried.transfer_completed_at_ns - tried.transfer_initiated_at_ns
    assert waited == (30 if status < 0 else 3) * 1_000_000_000
    assert text in tried.error
    assert answer.get("transfer_id", tried.transfer_id) == tried.transfer_id
    assert (tried.transfer_status_code is not None) is (status == 486)
