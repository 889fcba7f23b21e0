"""SIP trunks and dispatch rules, where the recording shows nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.devserver.service_calls import ServiceServer

NUMBER = "+14155550100"
TRUNK = {"address": "sip.example.com", "numbers": ["+14155550199"]}


@pytest.fixture
def server() -> ServiceServer:
    return ServiceServer("cloud")


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({}, "unsupported list update operation"),
        ({"clear": True, "add": ["+1"]}, "cannot clear and change the list at the same time"),
        ({"add": [""]}, "empty element in the list"),
    ],
)
def test_list_updates_are_checked(server: ServiceServer, update: Any, message: str) -> None:
    """47: a list update must do one thing."""
    trunk = server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})
    body = {"sip_trunk_id": trunk["sip_trunk_id"], "update": {"numbers": update}}
    assert server.refusal("SIP/UpdateSIPOutboundTrunk", body) == (400, message)


def test_update_that_leaves_a_trunk_invalid(server: ServiceServer) -> None:
    """10: it is a 500 for both kinds, and nothing is changed."""
    out = server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})["sip_trunk_id"]
    inward = {"trunk": {"numbers": ["+14155550111"]}}
    into = server.get("SIP/CreateSIPInboundTrunk", inward)["sip_trunk_id"]
    clear = {"update": {"numbers": {"clear": True}}}
    assert server.refusal("SIP/UpdateSIPOutboundTrunk", {"sip_trunk_id": out, **clear}) == (
        500,
        "no trunk numbers specified",
    )
    assert server.refusal("SIP/UpdateSIPInboundTrunk", {"sip_trunk_id": into, **clear})[0] == 500
    (kept,) = server.get("SIP/ListSIPInboundTrunk")["items"]
    assert kept["numbers"] == ["+14155550111"]


def test_lists_in_pages_on_the_cloud(server: ServiceServer) -> None:
    """48: a self-hosted server ignores the limit; the Cloud profile keeps to it."""
    ids = sorted(
        server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})["sip_trunk_id"] for _ in range(3)
    )
    page = {"page": {"after_id": ids[0], "limit": 1}}
    (item,) = server.get("SIP/ListSIPOutboundTrunk", page)["items"]
    assert item["sip_trunk_id"] == ids[1]
    shown = server.get("SIP/ListSIPTrunk", {})["items"]
    assert [(t["sip_trunk_id"], t["kind"]) for t in shown] == [
        (trunk_id, "TRUNK_OUTBOUND") for trunk_id in ids
    ]
    assert shown[0]["outbound_address"] == "sip.example.com"


def test_media_settings_in_both_spellings(server: ServiceServer) -> None:
    """The old encryption field and the new message say the same after an update."""
    trunk_id = server.get("SIP/CreateSIPOutboundTrunk", {"trunk": TRUNK})["sip_trunk_id"]
    for update in (
        {"media": {"encryption": "SIP_MEDIA_ENCRYPT_REQUIRE"}},
        {"media_encryption": "SIP_MEDIA_ENCRYPT_REQUIRE"},
    ):
        body = {"sip_trunk_id": trunk_id, "update": update}
        changed = server.get("SIP/UpdateSIPOutboundTrunk", body)
        assert changed["media_encryption"] == "SIP_MEDIA_ENCRYPT_REQUIRE"
        assert changed["media"]["encryption"] == "SIP_MEDIA_ENCRYPT_REQUIRE"


@pytest.mark.parametrize(
    ("method", "body", "message"),
    [
        (
            "CreateSIPOutboundTrunk",
            {"trunk": {**TRUNK, "sip_trunk_id": "ST_x"}},
            "trunk id must not be set",
        ),
        ("CreateSIPOutboundTrunk", {}, "missing trunk"),
        (
            "UpdateSIPDispatchRule",
            {
                "sip_dispatch_rule_id": "SDR_1",
                "replace": {"sip_dispatch_rule_id": "SDR_2", "rule": {}},
            },
            "rule id in the info must be empty or match the id in the update",
        ),
        (
            "CreateSIPParticipant",
            {"sip_call_to": NUMBER, "room_name": "demo", "trunk": {}},
            "no outbound hostname specified",
        ),
        (
            "TransferSIPParticipant",
            {"room_name": "demo", "participant_identity": "callee"},
            "missing transfer to",
        ),
    ],
)
def test_more_refusals(server: ServiceServer, method: str, body: Any, message: str) -> None:
    """What the recording does not show is refused in the same manner."""
    assert server.refusal(f"SIP/{method}", body) == (400, message)


def test_old_encryption_field_of_a_new_rule(server: ServiceServer) -> None:
    """A rule made with the old field shows the new one."""
    rule = {"dispatch_rule_direct": {"room_name": "desk"}}
    body = {"dispatch_rule": {"rule": rule, "media_encryption": "SIP_MEDIA_ENCRYPT_ALLOW"}}
    made = server.get("SIP/CreateSIPDispatchRule", body)
    assert made["media"]["encryption"] == "SIP_MEDIA_ENCRYPT_ALLOW"


def test_a_conflict_names_what_the_server_compared_first(server: ServiceServer) -> None:
    """It compares the first of its rules, the new rule, then the others: any other means the new.

    The recordings agree with this order; so do those of trunks, below.
    """
    ids: dict[str, str] = {}
    for pin in ("1", "2", "3"):
        made = server.get("SIP/CreateSIPDispatchRule", {"dispatch_rule": rule_with(pin, f"r{pin}")})
        ids[made["sip_dispatch_rule_id"]] = pin
    first, second, _ = sorted(ids)
    taken = "already exists in dispatch rule"
    for rule_id, named in ((first, f'"{first}" "r{ids[first]}"'), (second, '"<new>" "dup"')):
        body = {"dispatch_rule": rule_with(ids[rule_id], "dup")}
        status, text = server.refusal("SIP/CreateSIPDispatchRule", body)
        assert (status, text.endswith(f"{taken} {named}")) == (400, True), text


def rule_with(pin: str, name: str) -> dict[str, Any]:
    return {"name": name, "rule": {"dispatch_rule_direct": {"room_name": "r", "pin": pin}}}


def test_a_conflict_of_trunks_names_both_in_that_order(server: ServiceServer) -> None:
    """Only trunks that share a number count; the one that is met second is named first."""
    allowed: dict[str, str] = {}
    for caller in ("+12125550101", "+12125550102"):
        body = {"trunk": {"numbers": [NUMBER], "allowed_numbers": [caller]}}
        allowed[server.get("SIP/CreateSIPInboundTrunk", body)["sip_trunk_id"]] = caller
    for number in range(8):  # others, whose ids come before and after
        server.get("SIP/CreateSIPInboundTrunk", {"trunk": {"numbers": [f"+1415555020{number}"]}})
    first, second = sorted(allowed)
    for trunk_id, named in ((first, f'"<new>" and "{first}"'), (second, f'"{second}" and "<new>"')):
        body = {"trunk": {"numbers": [NUMBER], "allowed_numbers": [allowed[trunk_id]]}}
        status, text = server.refusal("SIP/CreateSIPInboundTrunk", body)
        assert (status, f"Trunks: {named}, using" in text) == (400, True), text


@pytest.mark.parametrize("profile", ["cloud", "self-hosted"])
def test_a_call_needs_a_number_to_call_from(profile: str) -> None:
    """10: an inline trunk has none of its own; that is told before a worker is looked for."""
    server = ServiceServer(profile)
    dial = {"sip_call_to": NUMBER, "room_name": "r", "trunk": {"hostname": "sip.example.com"}}
    told = (412, "twirp error unknown: no numbers on outbound trunk")
    assert server.refusal("SIP/CreateSIPParticipant", dial) == told
    if profile == "cloud":
        assert server.ask("SIP/CreateSIPParticipant", {**dial, "sip_number": "+1"})[0] == 200
