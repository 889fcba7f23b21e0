"""The pages of telephony, and each of their actions."""

from __future__ import annotations

import re

import pytest

import lkapi
from lkapi.devserver import DevServer, InProcessTransport, World, WorldConfig
from tests.console.stages import NASTY, live_parts, playing, text_of

CALLER, CALLED, OUT = "+12125550100", "+14155550111", "+14155550199"
SECRET_WORD = "hunter2hunter2"


def client(player) -> lkapi.SyncLiveKitAPI:
    transport = InProcessTransport(DevServer(player.world))
    return lkapi.SyncLiveKitAPI("http://x", "devkey", "secret", transport=transport)


def outbound(player, name: str = "out") -> str:
    trunk = {"name": name, "address": "sip.example.com", "numbers": [OUT]}
    return client(player).sip.create_outbound_trunk(trunk=trunk).sip_trunk_id


def desk(player, name: str = "desk") -> str:
    rule = {"name": name, "rule": {"dispatch_rule_direct": {"room_name": "desk"}}}
    return client(player).sip.create_dispatch_rule(dispatch_rule=rule).sip_dispatch_rule_id


def calls_page(player, **query: str) -> str:
    """The page with the calls of this moment: what was read before may be a second old."""
    player.app.console.store.expire(["calls"])
    return player.get("/telephony", **query).text


def only(items):
    (found,) = items.values()
    return found


def test_inbound_trunks_are_made_changed_and_deleted(console):
    made = console.do(
        "inbound.create", trunk__name="support", trunk__numbers=f"{CALLED}\n+14155550112",
        trunk__auth_username="carrier", trunk__auth_password=SECRET_WORD,
    )  # fmt: skip
    assert made.status_code == 200, made.text
    trunk = only(console.world.trunks.inbound)
    assert (list(trunk.numbers), trunk.auth_password) == ([CALLED, "+14155550112"], SECRET_WORD)
    assert "support" in console.part("/telephony/inbound", "table").text
    form = console.get("/do/inbound.update", sip_trunk_id=trunk.sip_trunk_id).text
    assert 'value="support"' in form
    assert "+14155550112" in form
    assert SECRET_WORD not in form
    changed = console.do(
        "inbound.update", sip_trunk_id=trunk.sip_trunk_id, update__name="help",
        update__numbers__set=CALLED, update__auth_username="carrier",
    )  # fmt: skip
    assert changed.status_code == 200, changed.text
    trunk = only(console.world.trunks.inbound)
    assert (trunk.name, list(trunk.numbers)) == ("help", [CALLED])
    assert (trunk.auth_username, trunk.auth_password) == ("carrier", SECRET_WORD)
    asks = console.get("/do/inbound.delete", sip_trunk_id=trunk.sip_trunk_id).text
    assert f"Calls to {CALLED} will no longer be accepted by it." in text_of(asks)
    assert console.do("inbound.delete", sip_trunk_id=trunk.sip_trunk_id).status_code == 200
    assert not console.world.trunks.inbound
    log = console.get("/log", reads="on").text + "".join(
        console.get("/log/call", number=str(call.number)).text
        for call in console.app.console.link.log.newest(reads=True)
    )
    assert SECRET_WORD not in log
    assert "AUTH_PASSWORD" in log


def test_a_change_sends_what_differs_and_clears_what_is_emptied(console):
    trunk = {"name": "in", "numbers": [CALLED], "allowed_numbers": [CALLER], "metadata": "old"}
    made = client(console).sip.create_inbound_trunk(trunk=trunk)
    same = {
        "sip_trunk_id": made.sip_trunk_id, "update.name": "in", "update.numbers.set": CALLED,
        "update.allowed_numbers.set": CALLER, "update.metadata": "old",
    }  # fmt: skip
    refused = console.post("/do/inbound.update", same)
    assert refused.status_code == 422
    assert "nothing in the form differs from the current values" in refused.text
    emptied = {**same, "update.allowed_numbers.set": "", "update.metadata": ""}
    shown = text_of(console.post("/do/inbound.update/shown", emptied).text)
    assert "clear=True" in shown
    assert "name=" not in shown.partition("update=")[2].partition("lkapi call")[0]
    assert console.post("/do/inbound.update", emptied).status_code == 200
    found = only(console.world.trunks.inbound)
    assert (list(found.numbers), list(found.allowed_numbers), found.metadata) == ([CALLED], [], "")
    console.do("inbound.delete", sip_trunk_id=made.sip_trunk_id)
    gone = console.post("/do/inbound.update", {**same, "update.name": "kept"})
    assert gone.status_code == 422
    assert "nothing was sent" in gone.text
    assert 'value="kept"' in gone.text


def test_outbound_trunks_are_made_changed_and_deleted(console):
    form = {"trunk.name": "out", "trunk.address": "sip.example.com", "trunk.numbers": OUT,
            "trunk.transport": "tls", "trunk.auth_password": SECRET_WORD}  # fmt: skip
    shown = console.post("/do/outbound.create/shown", form).text
    assert "lkapi sip outbound create --name=out" in text_of(shown)
    assert SECRET_WORD not in shown
    refused = console.post("/do/outbound.create", {**form, "trunk.address": "sip:a@example.com"})
    assert refused.status_code == 422
    assert "sip:a@example.com" in refused.text
    assert console.post("/do/outbound.create", form).status_code == 200
    trunk = only(console.world.trunks.outbound)
    assert trunk.auth_password == SECRET_WORD
    changed = {"sip_trunk_id": trunk.sip_trunk_id, "update.name": "out", "update.transport": "udp",
               "update.address": "sip2.example.com", "update.numbers.set": OUT,
               "update.auth_username": ""}  # fmt: skip
    assert console.post("/do/outbound.update", changed).status_code == 200
    trunk = only(console.world.trunks.outbound)
    assert (trunk.address, trunk.transport) == (
        "sip2.example.com",
        lkapi.SIPTransport.SIP_TRANSPORT_UDP,
    )
    page = text_of(console.get("/telephony/trunk", id=trunk.sip_trunk_id).text)
    assert "sip2.example.com" in page
    assert "auth_password ***" in page
    asks = console.get("/do/outbound.delete", sip_trunk_id=trunk.sip_trunk_id).text
    assert "It can no longer be used for calls" in text_of(asks)
    assert console.do("outbound.delete", sip_trunk_id=trunk.sip_trunk_id).status_code == 200
    assert "no such trunk now" in console.get("/telephony/trunk", id=trunk.sip_trunk_id).text


@pytest.mark.parametrize(
    ("kind", "fields", "place"),
    [
        ("direct", {"room_name": "desk", "pin": "1234"}, "the room desk"),
        ("individual", {"room_prefix": "call"}, "a room of its own, call_CALLER_"),
        ("callee", {}, "the room CALLED"),
    ],
)
def test_rules_of_each_kind_are_made_changed_and_deleted(console, kind, fields, place):
    body = f"dispatch_rule.rule.dispatch_rule_{kind}"
    form = {"dispatch_rule.name": "mine", "dispatch_rule.inbound_numbers": CALLER,
            **{f"{body}.{name}": text for name, text in fields.items()}}  # fmt: skip
    done = console.post(f"/do/rule.{kind}", form)
    assert done.status_code == 200, done.text
    rule = only(console.world.rules.by_id)
    assert rule.rule.which_oneof("rule") == f"dispatch_rule_{kind}"
    for path in ("/telephony/rules", "/telephony/rule"):
        page = text_of(console.get(path, id=rule.sip_dispatch_rule_id).text)
        assert place in page
        assert "1234" not in page
    changed = {"sip_dispatch_rule_id": rule.sip_dispatch_rule_id, "update.name": "other",
               "update.trunk_ids.set": "ST_a\nST_b"}  # fmt: skip
    assert console.post("/do/rule.update", changed).status_code == 200
    rule = only(console.world.rules.by_id)
    assert (rule.name, list(rule.trunk_ids)) == ("other", ["ST_a", "ST_b"])
    assert "not there now" in console.get("/telephony/rule", id=rule.sip_dispatch_rule_id).text
    asks = console.get("/do/rule.delete", sip_dispatch_rule_id=rule.sip_dispatch_rule_id).text
    assert "no rule is left: no call is taken" in text_of(asks)
    assert (
        console.do("rule.delete", sip_dispatch_rule_id=rule.sip_dispatch_rule_id).status_code == 200
    )
    assert not console.world.rules.by_id


def test_an_example_call_is_explained_and_not_made(console):
    desk(console)
    trunk = {"name": "support", "numbers": [CALLED]}
    made = client(console).sip.create_inbound_trunk(trunk=trunk)
    empty = text_of(console.get("/telephony/example").text)
    assert "Give both numbers" in empty
    found = console.post("/telephony/example", {"caller": CALLER, "called": CALLED})
    assert "Trunk support takes the call, rule desk puts it into the room desk." in text_of(
        found.text
    )
    assert f"/telephony/trunk?id={made.sip_trunk_id}" in found.text
    assert "<html" not in found.text
    wrong = console.post("/telephony/example", {"caller": CALLER, "called": "+1999"}).text
    assert "Not taken: none of the inbound trunks" in text_of(wrong)
    assert not console.world.calls.all()


def test_dialling_says_what_came_of_it(console):
    trunk = outbound(console)
    page = console.get("/do/call.dial").text
    assert f'<option value="{trunk}">out ({OUT})</option>' in page
    form = {"sip_trunk_id": trunk, "sip_call_to": "+14155550101", "room_name": "desk",
            "participant_identity": "callee", "wait_until_answered": "on"}  # fmt: skip
    callees = console.world.callees
    for manner, words in (
        ("busy", "The line is busy"),
        ("declines", "The callee declined the call"),
        ("unknown", "The number does not exist"),
    ):
        getattr(callees, manner)("+14155550101")
        failed = console.post("/do/call.dial", form)
        assert failed.status_code == 422
        assert words in failed.text
        assert 'value="+14155550101"' in failed.text
    callees.fails("+14155550101", 503)
    assert "The carrier could not place the call" in console.post("/do/call.dial", form).text
    callees.answers("+14155550101")
    assert console.post("/do/call.dial", form).status_code == 200
    row = text_of(console.part("/telephony", "table").text)
    for text in ("+14155550101", "out", "active", OUT, "desk", trunk):
        assert text in row
    assert "+14155550101" in console.get("/telephony/trunk", id=trunk).text


def test_nobody_answers_within_the_time_given(console):
    console.world.callees.no_answer("+14155550101")
    form = {"sip_trunk_id": outbound(console), "sip_call_to": "+14155550101",
            "room_name": "desk", "ringing_timeout": "5s", "wait_until_answered": "on"}  # fmt: skip
    failed = console.post("/do/call.dial", form)
    assert failed.status_code == 422
    assert "Nobody answered" in failed.text


def test_a_call_that_failed_on_the_way_may_have_been_dialled(console):
    trunk = outbound(console)
    console.server.faults.fail(9, method="CreateSIPParticipant", drop="after")
    failed = console.do("call.dial", sip_trunk_id=trunk, sip_call_to="+1415", room_name="desk")
    assert failed.status_code == 502
    assert "The number may have been dialled" in failed.text
    assert len(console.world.calls.all()) == 1


def test_calls_are_transferred_and_hung_up(console):
    trunk = outbound(console)
    api = client(console)
    for number in ("+14155550101", "+14155550102"):
        api.sip.create_sip_participant(
            sip_trunk_id=trunk, sip_call_to=number, room_name="desk", participant_identity=number,
            wait_until_answered=True,
        )  # fmt: skip
    first, second = console.world.calls.all()
    form = {"room_name": "desk", "participant_identity": "+14155550101", "transfer_to": "+1999"}
    asks = text_of(console.get("/do/call.transfer", **form).text)
    assert "+14155550101 leaves the room desk once tel:+1999 has answered." in asks
    console.world.callees.busy("+1999")
    assert "The line is busy" in console.post("/do/call.transfer", form).text
    console.world.callees.answers("+1999")
    assert console.post("/do/call.transfer", form).status_code == 200
    assert first.transferred_to == "tel:+1999"
    asks = text_of(console.get("/do/call.hang_up", room="desk", identity=second.number).text)
    assert re.search(
        r"Ends the call with \+14155550102, which is active and began \d+m?s ago", asks
    )
    assert console.do("call.hang_up", room="desk", identity="+14155550102").status_code == 200
    assert not second.participant.connected
    gone = console.get("/do/call.hang_up", room="desk", identity="+14155550102").text
    assert "There is no such call now." in gone


def test_calls_of_the_development_server_are_answered_declined_and_told(dev):
    trunk = outbound(dev)
    dev.world.callees.no_answer("+14155550101")
    for identity in ("one", "two"):
        client(dev).sip.create_sip_participant(
            sip_trunk_id=trunk, sip_call_to="+14155550101", room_name="desk",
            participant_identity=identity,
        )  # fmt: skip
    page = calls_page(dev)
    assert page.count("/do/world.call.answer") == 4  # an address and one for htmx, twice
    assert "dialling" in page
    one, two = dev.world.calls.all()
    dev.do("world.call.answer", call_id=one.call_id)
    dev.do("world.call.decline", call_id=two.call_id)
    page = text_of(calls_page(dev))
    assert "active" in page
    assert "declined" in page.partition("Ended lately")[2]
    assert "+14155550101" in dev.get("/telephony", q="one").text
    assert "No call matches" in dev.get("/telephony", q="nonsense").text


def test_without_redis_the_lists_say_why():
    with playing(
        server=DevServer(World(config=WorldConfig(profile="self-hosted", redis=False)))
    ) as player:
        page = player.get("/telephony/inbound")
        assert page.status_code == 200
        assert 'class="problem"' in page.text
        assert player.get("/telephony/example").status_code == 200


def test_a_read_only_console_changes_nothing_and_explains_all_the_same():
    with playing(read_only=True) as player:
        for action in ("call.dial", "call.hang_up", "inbound.create", "rule.direct",
                       "number.purchase"):  # fmt: skip
            assert player.do(action, sip_call_to="+1").status_code == 403
        assert (
            player.post("/telephony/example", {"caller": "+1", "called": "+2"}).status_code == 200
        )
        assert not player.world.calls.all()


def test_names_stay_texts(dev):
    name = NASTY[:60]
    trunk = {"name": name, "numbers": [CALLED], "metadata": NASTY}
    inbound = client(dev).sip.create_inbound_trunk(trunk=trunk)
    rule = {"name": name, "rule": {"dispatch_rule_individual": {"room_prefix": "<b>"}}}
    made = client(dev).sip.create_dispatch_rule(dispatch_rule=rule)
    out = outbound(dev, name)
    dev.world.calls.take(NASTY, CALLED)
    for path, query in (
        ("/telephony", {}), ("/telephony/inbound", {}), ("/telephony/outbound", {}),
        ("/telephony/rules", {"q": NASTY[:5]}), ("/telephony/trunk", {"id": inbound.sip_trunk_id}),
        ("/telephony/trunk", {"id": out}), ("/telephony/trunk", {"id": NASTY}),
        ("/telephony/rule", {"id": made.sip_dispatch_rule_id}), ("/do/call.dial", {"room": NASTY}),
        ("/telephony/example", {"caller": NASTY, "called": CALLED}),
        ("/do/inbound.update", {"sip_trunk_id": inbound.sip_trunk_id}),
    ):  # fmt: skip
        page = dev.get(path, **query)
        assert page.status_code == 200, path
        for text in (page.text, *live_parts(dev, page.text)):
            assert "<img src=x" not in text
            assert "<script>window" not in text
            assert "<b>" not in text
