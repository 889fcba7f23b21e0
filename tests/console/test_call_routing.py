"""The explanation of a call's way names the trunk and the rule that the server takes."""

from __future__ import annotations

import itertools
import random

import pytest

import lkapi
from lkapi.console.pages.telephony.routing import route_call
from lkapi.console.pages.telephony.rule_words import ExampleCall, place_of, room_start
from lkapi.devserver import CallNotTakenError, InProcessTransport, World

CALLER, CALLED, OTHER = "+12125550100", "+14155550111", "+14155550122"
ALICE = "+12125550199"


def direct(room: str, pin: str = "", **more):
    return {"rule": {"dispatch_rule_direct": {"room_name": room, "pin": pin}}, **more}


def individual(prefix: str, pin: str = "", **more):
    return {"rule": {"dispatch_rule_individual": {"room_prefix": prefix, "pin": pin}}, **more}


def callee(prefix: str, pin: str = "", **more):
    return {"rule": {"dispatch_rule_callee": {"room_prefix": prefix, "pin": pin}}, **more}


def made(trunks, rules, *, number: str = ""):
    """A world with these, and its lists as the API gives them; trunks are named ``$name``."""
    world = World()
    from lkapi.devserver import DevServer

    transport = InProcessTransport(DevServer(world))
    api = lkapi.SyncLiveKitAPI("http://x", "devkey", "secret", transport=transport)
    ids = {}
    for name, fields in trunks.items():
        found = api.sip.create_inbound_trunk(trunk={"name": name, **fields})
        ids[f"${name}"] = found.sip_trunk_id
    for name, fields in rules.items():
        named = [ids.get(one, one) for one in fields.get("trunk_ids", ())]
        api.sip.create_dispatch_rule(dispatch_rule={"name": name, **fields, "trunk_ids": named})
    rule_list = api.sip.list_dispatch_rule().items
    if number:
        rule = next(one for one in rule_list if one.name == number)
        api.phone_number.purchase_phone_number(
            phone_numbers=[CALLED], sip_dispatch_rule_id=rule.sip_dispatch_rule_id
        )
    owned = api.phone_number.list_phone_numbers().items
    return world, api.sip.list_inbound_trunk().items, rule_list, owned


def compare(world, trunks, rules, owned, call: ExampleCall):
    """The explanation, after a look whether the server does the same."""
    found = route_call(call, trunks, rules, owned)
    if found.rule is None:
        who = "trunk" if found.trunk is None and trunks else "rule"
        why = "asks for a PIN" if "PIN" in found.answer else f"no .*{who} (accepts|matches)"
        with pytest.raises(CallNotTakenError, match=why):
            world.calls.take(call.caller, call.called, pin=call.pin)
        return found
    taken = world.calls.take(call.caller, call.called, pin=call.pin)
    attributes = taken.participant.info.attributes
    assert found.rule.sip_dispatch_rule_id == attributes["sip.ruleID"], found.answer
    assert (found.trunk.sip_trunk_id if found.trunk else "") == taken.trunk_id, found.answer
    room, (start, more) = taken.participant.room_name, room_start(found.rule, call)
    assert room.startswith(f"{start}_") if more else room == start
    assert start in found.answer
    return found


T1 = {"main": {"numbers": [CALLED]}}
TABLE = [
    # name, trunks, rules, call, the rule's name, a reason of the chosen one, one of another
    ("no trunk at all", {}, {"desk": direct("desk")}, (CALLER, CALLED), "desk",
     "matches any trunk and any caller", ""),
    ("no rule", T1, {}, (CALLER, CALLED), "", "It has the number", ""),
    ("no trunk fits", T1, {"desk": direct("desk")}, (CALLER, OTHER), "", "",
     f"It has {CALLED}, not {OTHER}."),
    ("callers of the trunk", {"main": {"numbers": [CALLED], "allowed_numbers": [ALICE]}},
     {"desk": direct("desk")}, (CALLER, CALLED), "", "", f"from {ALICE} only, not from {CALLER}"),
    ("a trunk with the number goes first",
     {"any": {"auth_username": "u", "auth_password": "p"}, **T1}, {"desk": direct("desk")},
     (CALLER, CALLED), "desk", "asks nothing", "main names"),
    ("a trunk for any number", {"any": {"auth_username": "u", "auth_password": "p"}},
     {"desk": direct("desk")}, (CALLER, CALLED), "desk", "It takes any number", ""),
    ("numbers with separators", {"main": {"numbers": ["+1 (415) 555-0111"]}},
     {"desk": direct("desk", inbound_numbers=["1 212 555 0100"])}, (CALLER, CALLED), "desk",
     "names the caller", ""),
    ("a rule of the trunk goes first", T1,
     {"all": direct("all"), "own": callee("own", trunk_ids=["$main"])}, (CALLER, CALLED), "own",
     "names the trunk", "it is for any trunk, and own names the trunk"),
    ("a rule of another trunk", {**T1, "other": {"numbers": [OTHER]}},
     {"desk": direct("desk", trunk_ids=["$other"])}, (CALLER, CALLED), "", "", "It is for ST_"),
    ("a rule that names the caller goes first", T1,
     {"all": direct("a"), "vip": callee("z", inbound_numbers=[CALLER])}, (CALLER, CALLED), "vip",
     "names the caller", "it is for any caller, and vip names the caller"),
    ("a rule for other callers", T1, {"vip": direct("z", inbound_numbers=[ALICE])},
     (CALLER, CALLED), "", "", f"It is for calls from {ALICE} only, not from {CALLER}."),
    ("a rule for other numbers", T1, {"n": direct("z", numbers=[OTHER])},
     (CALLER, CALLED), "", "", f"It is for calls to {OTHER} only"),
    ("direct before individual before callee", T1,
     {"c": callee("a", inbound_numbers=[CALLER]), "i": individual("b", inbound_numbers=[CALLER]),
      "d": direct("c", inbound_numbers=[CALLER])}, (CALLER, CALLED), "!", "", ""),
    ("individual before callee", T1,
     {"c": callee("a", inbound_numbers=[CALLER, ALICE]), "i": individual("b")},
     (CALLER, CALLED), "c", "names the caller", "it is for any caller"),
    ("kinds", T1, {"c": callee("a"), "i": individual("b", numbers=[CALLED])},
     (CALLER, CALLED), "i", "names the called number", "individual rules such as i go before"),
    ("rooms in the alphabet", T1, {"x": direct("b"), "y": direct("a", numbers=[CALLED])},
     (CALLER, CALLED), "y", "", "comes before in the alphabet"),
    ("a PIN that is not typed", T1, {"p": direct("p", "1234"), "open": callee("o")},
     (CALLER, CALLED), "open", "", "It asks for a PIN, but the caller enters none."),
    ("a PIN that is typed", T1, {"p": direct("p", "1234"), "q": direct("q", "9")},
     (CALLER, CALLED, "1234"), "p", "has the PIN that was typed", "It has another PIN."),
    ("a PIN that nobody asked for", T1, {"open": direct("o")}, (CALLER, CALLED, "1234"), "", "",
     "is for callers who entered none"),
]  # fmt: skip


@pytest.mark.parametrize("case", TABLE, ids=[one[0] for one in TABLE])
def test_the_server_does_what_is_explained(case):
    _, trunks, rules, (caller, called, *pin), wanted, why, why_not = case
    if wanted == "!":
        with pytest.raises(lkapi.InvalidArgumentError, match="already exists"):
            made(trunks, rules)
        return
    world, *lists = made(trunks, rules)
    found = compare(world, *lists, ExampleCall(caller=caller, called=called, pin="".join(pin)))
    assert (found.rule.name if found.rule else "") == wanted, found.answer
    chosen = " ".join(r for v in (*found.trunks, *found.rules) if v.chosen for r in v.reasons)
    others = " ".join(r for v in (*found.trunks, *found.rules) if not v.chosen for r in v.reasons)
    notes = " ".join(found.notes)
    assert why in f"{chosen} {notes} asks nothing"
    assert why_not in others
    assert "1234" not in f"{found.answer} {chosen} {others} {notes}"


def test_a_bound_phone_number_goes_before_all():
    world, *lists = made(
        {"other": {"numbers": [OTHER]}}, {"desk": direct("desk", "1"), "all": direct("all")},
        number="desk",
    )  # fmt: skip
    found = compare(world, *lists, ExampleCall(caller=CALLER, called=CALLED, pin="1"))
    assert found.rule.name == "desk"
    assert found.trunk is None
    for pin, told in (("", "asks for a PIN, but the caller enters none"), ("2", "another PIN")):
        refused = compare(world, *lists, ExampleCall(caller=CALLER, called=CALLED, pin=pin))
        assert refused.rule is None
        assert told in " ".join(reason for verdict in refused.rules for reason in verdict.reasons)
    assert "is bound to it" in found.rules[0].reasons[0]
    assert "Not looked at" in found.rules[1].reasons[0]
    assert compare(world, *lists, ExampleCall(caller=CALLER, called=OTHER)).rule.name == "all"


def test_what_an_example_cannot_tell_is_said():
    trunk = {
        "numbers": [CALLED], "auth_username": "u", "auth_password": "p",
        "allowed_addresses": ["198.51.100.0/24"],
    }  # fmt: skip
    rules = {"p": direct("p", "1234"), "open": callee("o", inbound_numbers=[ALICE])}
    _, *lists = made({"main": trunk}, rules)
    notes = " ".join(route_call(ExampleCall(caller=CALLER, called=CALLED), *lists).notes)
    assert "198.51.100.0/24" in notes
    assert "user name and a password" in notes
    assert "asked for a PIN, because p has one" in notes
    typed = route_call(ExampleCall(caller=ALICE, called=CALLED, pin="1234"), *lists)
    assert typed.rule.name == "p"
    assert "does not ask this caller for a PIN, because open goes first" in " ".join(typed.notes)


def test_many_worlds_at_random_agree_with_the_server():
    dice = random.Random(12)
    numbers = [CALLED, OTHER]
    for _ in range(25):
        trunks = {
            f"t{n}": {
                "numbers": dice.sample(numbers, dice.randint(0, 1)),
                "allowed_numbers": dice.sample([CALLER, ALICE], dice.randint(0, 1)),
                "auth_username": "u", "auth_password": "p",
            }
            for n in range(dice.randint(0, 2))
        }  # fmt: skip
        kinds = {
            f"r{n}": dice.choice((direct, individual, callee))(
                dice.choice("abc"), dice.choice(("", "", "7")),
                trunk_ids=[f"${name}" for name in trunks if dice.random() < 0.3],
                inbound_numbers=dice.sample([CALLER, ALICE], dice.randint(0, 1)),
                numbers=dice.sample(numbers, dice.randint(0, 1)),
            )
            for n in range(dice.randint(0, 3))
        }  # fmt: skip
        try:
            world, *lists = made(trunks, kinds)
        except lkapi.InvalidArgumentError:  # two that conflict
            continue
        for caller, called, pin in itertools.product((CALLER, ALICE), numbers, ("", "7")):
            compare(world, *lists, ExampleCall(caller=caller, called=called, pin=pin))


def test_what_a_later_server_has_is_said_to_be_unknown():
    """A rule of another kind takes no call here, and the page says why."""
    later = lkapi.SIPDispatchRuleInfo(sip_dispatch_rule_id="SDR_1", name="later")
    found = route_call(ExampleCall(caller=CALLER, called=CALLED), [], [later])
    assert found.rule is None
    (verdict,) = found.rules
    assert "This console does not know its kind." in verdict.reasons
    assert place_of(later) == "an unknown room"


def test_of_two_that_fit_equally_the_first_id_is_taken():
    trunks = [
        lkapi.SIPInboundTrunkInfo(sip_trunk_id=one, name=one, numbers=[CALLED])
        for one in ("ST_2", "ST_1")
    ]
    rules = [
        lkapi.SIPDispatchRuleInfo(
            sip_dispatch_rule_id=one,
            name=one,
            rule={"dispatch_rule_direct": {"room_name": "desk"}},
        )
        for one in ("SDR_2", "SDR_1")
    ]
    found = route_call(ExampleCall(caller=CALLER, called=CALLED), trunks, rules)
    assert (found.trunk.name, found.rule.name) == ("ST_1", "SDR_1")
    (other_trunk,) = [one for one in found.trunks if not one.chosen]
    assert "A LiveKit server may refuse a call that several trunks fit." in other_trunk.reasons[0]
    (other_rule,) = [one for one in found.rules if not one.chosen]
    assert other_rule.reasons == ("It fits, but SDR_1 comes first by its id.",)


def test_a_caller_without_a_number_is_compared_as_text():
    rule = {"dispatch_rule_direct": {"room_name": "desk"}}
    known = lkapi.SIPDispatchRuleInfo(
        sip_dispatch_rule_id="SDR_1", rule=rule, inbound_numbers=["anonymous"]
    )
    assert route_call(ExampleCall(caller="anonymous", called=CALLED), [], [known]).rule is known
    assert route_call(ExampleCall(caller="unknown", called=CALLED), [], [known]).rule is None
