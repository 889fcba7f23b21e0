"""Several items in one command: each result, one exit code, and questions before destruction."""

from __future__ import annotations

import json

import pytest


def test_the_others_are_deleted_though_one_fails(server, lk):
    ran = lk("room", "delete", "demo", "nowhere", "other", "--yes")
    assert ran.code == 5
    assert not server.world.rooms
    assert ran.err.splitlines()[0] == "demo: deleted"
    assert ran.err.splitlines()[1].startswith("nowhere: not_found")


def test_missing_ok(server, lk):
    assert lk("room", "delete", "nowhere", "--yes", "--missing-ok").code == 0


def test_results_as_json(server, lk):
    ran = lk("room", "delete", "demo", "nowhere", "--yes", "--json")
    first, second = ran.json["results"]
    assert first == {"item": "demo", "ok": True}
    assert second["ok"] is False
    assert second["error"].startswith("not_found")


def test_results_as_json_lines(server, lk):
    ran = lk("room", "delete", "nowhere", "demo", "--yes", "--jsonl")
    first, second = map(json.loads, ran.out.splitlines())
    assert first["ok"] is False
    assert second == {"item": "demo", "ok": True}


def test_the_failure_of_a_single_item_is_a_whole_error(server, lk):
    ran = lk("room", "delete", "nowhere", "--yes")
    assert ran.code == 5
    assert ran.err.startswith("Error: not_found: ")
    assert "call        RoomService/DeleteRoom" in ran.err


def test_everyone_is_removed_and_then_there_is_nobody(server, lk):
    assert lk("participant", "remove", "demo", "--all", "--yes").code == 0
    assert not server.world.rooms["demo"].participants
    ran = lk("participant", "remove", "demo", "--all", "--yes")
    assert (ran.code, ran.err) == (0, "There is nobody in the room.\n")


def test_different_reasons_have_a_code_of_their_own(server, lk):
    ran = lk("ingress", "delete", "IN_nowhere", "x" * 300, server["INGRESS"], "--yes")
    assert ran.code in (5, 14)
    assert server["INGRESS"] not in lk("ingress", "list", "-q").out


def test_quiet_prints_what_was_done(server, lk):
    assert lk("room", "delete", "demo", "other", "--yes", "-q").out == "demo\nother\n"


def test_all_that_are_older(server, lk):
    assert lk("room", "delete", "--all", "--older-than", "1h", "--yes").code == 0
    assert set(server.world.rooms) == {"demo", "other"}
    server.world.rooms["other"].info.creation_time -= 7200
    server.world.rooms["other"].info.creation_time_ms -= 7_200_000
    assert lk("room", "delete", "--all", "--older-than", "1h", "--yes").code == 0
    assert set(server.world.rooms) == {"demo"}


def test_all_that_are_empty(server, lk):
    assert lk("room", "delete", "--all", "--empty", "--yes").code == 0
    assert set(server.world.rooms) == {"demo"}


@pytest.mark.parametrize(
    "arguments",
    [("room", "delete"), ("room", "delete", "x", "--all"), ("room", "delete", "x", "--empty"),
     ("participant", "remove", "demo"), ("room", "delete", "--all", "--older-than", "x")],
)  # fmt: skip
def test_what_to_delete_must_be_clear(arguments, server, lk):
    ran = lk(*arguments, "--yes")
    assert ran.code == 2
    assert server.world.rooms


@pytest.mark.parametrize(
    "arguments",
    [
        ("room", "delete", "demo"),
        ("participant", "remove", "demo", "ann"),
        ("ingress", "delete", "x"),
        ("egress", "stop", "x"),
        ("dispatch", "delete", "demo", "x"),
        ("sip", "inbound", "delete", "x"),
        ("sip", "outbound", "delete", "x"),
        ("sip", "rule", "delete", "x"),
        ("number", "purchase", "+14155550101"),
        ("number", "release", "+14155550142"),
        ("connector", "whatsapp", "disconnect", "x"),
        ("call", "RoomService/DeleteRoom", '{"room": "demo"}'),
    ],
)
def test_nothing_is_destroyed_where_nobody_can_be_asked(arguments, server, lk):
    ran = lk(*arguments)
    assert ran.code == 2
    assert "add --yes" in ran.err
    assert "demo" in server.world.rooms
    assert server.world.find_participant("demo", "ann") is not None


@pytest.mark.parametrize("command", ["room delete", "participant remove demo"])
def test_curl_does_not_look_for_what_all_means(command, lk):
    """That would be a request, and ``--curl`` sends none."""
    ran = lk(*command.split(), "--all", "--curl", "--url", "http://127.0.0.1:1")
    assert ran.code == 2
    assert "--curl sends nothing" in ran.err


def test_curl_of_several_shows_each_and_does_nothing(server, lk):
    ran = lk("room", "delete", "demo", "other", "--curl")
    assert ran.code == 0
    assert ran.out.count("curl -X POST") == 2
    assert set(server.world.rooms) == {"demo", "other"}


def test_an_egress_that_failed_ends_the_wait_with_1(server, lk):
    server.world.egresses.fail(server["EGRESS"], "disk full")
    ran = lk("egress", "wait", server["EGRESS"])
    assert ran.code == 1
    assert "disk full" in ran.out


def test_a_wait_ends_in_time(server, lk):
    ran = lk("egress", "wait", server["EGRESS"], "--for", "10ms")
    assert ran.code == 9
    assert "still" in ran.err


def test_a_call_that_is_not_taken_has_a_code_of_its_own(server, lk):
    server.world.callees.busy("+15105550100")
    ran = lk(
        "sip", "call", "+15105550100", "--trunk", server["OUTBOUND"], "--room", "demo", "--wait"
    )
    assert ran.code == 12
    assert "SIP status  486" in ran.err
