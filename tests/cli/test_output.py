"""Tables, JSON, quiet, watching, curl: what is printed, and that it can be used."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from datetime import datetime, timezone

import pytest
from rich.console import Console

import lkapi
from lkapi.cli.output.changes import find_changes
from lkapi.cli.output.tables import Column, Table, draw
from lkapi.methods import all_methods, find_method
from lkapi.methods.room import CREATE_ROOM
from lkapi.methods.sip import CREATE_SIP_INBOUND_TRUNK
from lkapi.presentation.curl import curl_command
from lkapi.presentation.details import facts_of
from lkapi.presentation.values import show

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=timezone.utc)
TABLE = Table(
    "name",
    Column("name", "name", whole=True),
    Column("people", "num_participants", right=True),
    Column("created", "created_time"),
    Column("metadata", "metadata", wide=True),
)
ROOMS = [
    lkapi.Room(name="a-room-with-a-long-name", num_participants=3, creation_time=1785585000),
    lkapi.Room(name="b", creation_time=1785499200, metadata="m" * 60),
]


def drawn(width, *, terminal=False, **settings):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    console.print(draw(console, TABLE, ROOMS, now=NOW, **settings))
    return out.getvalue()


def test_a_wide_table_has_every_column_and_absolute_times():
    text = drawn(160)
    assert "10m ago, 2026-08-01 11:50:00Z" in text
    assert "m" * 60 in text


def test_a_narrower_one_gives_up_absolute_times_first():
    text = drawn(112)
    assert "10m ago" in text
    assert "11:50" not in text
    assert "m" * 60 in text


def test_then_further_columns_and_never_the_ones_to_copy():
    text = drawn(50)
    assert "metadata" not in text
    assert "a-room-with-a-long-name" in text
    assert all(len(line.rstrip()) <= 50 for line in text.splitlines())
    assert "a-room-with-a-long-name" in drawn(30)


def test_changes_are_marked_in_front():
    lines = drawn(120, marks={"b": "+"}).splitlines()
    assert [line[0] for line in lines] == [" ", " ", "+"]


def test_changes_between_readings():
    before = {"same": 1, "other": 1, "gone": 1}
    after = {"same": 1, "other": 2, "new": 1}
    assert find_changes(before, after) == {"other": "~", "new": "+", "gone": "-"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), ("", "-"), ([], "-"), (True, "yes"), (False, "no"), (b"abc", "3 bytes"),
        (["a", "b"], "a, b"), ({"k": "v"}, "k=v"), (5, "5"),
        (lkapi.EgressStatus.EGRESS_ACTIVE, "active"),
        ("a\x1b[2Jb\nc", "a\\x1b[2Jb\\nc"),
        ([lkapi.PhoneNumberStatus.PHONE_NUMBER_STATUS_ACTIVE], "active"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(value, text):
    assert show(value, NOW) == text


def test_details_mask_secrets_and_give_units():
    trunk = lkapi.SIPInboundTrunkInfo(
        name="desk", auth_username="u", auth_password="hidden", numbers=["+1"]
    )
    facts = dict(facts_of(trunk))
    assert facts["auth_password"] == "***"
    assert "hidden" not in str(facts)
    room = dict(facts_of(lkapi.Room(name="x", empty_timeout=600, creation_time=1785585600)))
    assert room["empty_timeout"] == "10m"
    assert show(room["created_time"], NOW) == "now, 2026-08-01 12:00:00Z"
    assert "creation_time" not in room


def test_details_of_nested_messages_and_lists():
    info = lkapi.EgressInfo(
        status=lkapi.EgressStatus.EGRESS_COMPLETE,
        file_results=[lkapi.FileInfo(filename="a.mp4", size=1500, duration=2 * 10**9)],
        room_composite=lkapi.RoomCompositeEgressRequest(room_name="demo"),
    )
    facts = dict(facts_of(info))
    assert facts["file_results[0].size"] == "1.5 kB"
    assert facts["file_results[0].duration"] == "2s"
    assert facts["room_composite.room_name"] == "demo"


def test_json_is_one_document_with_the_same_keys_each_time(server, lk):
    rooms = lk("room", "list", "--json").json["rooms"]
    assert [room["name"] for room in rooms] == ["demo", "other"]
    assert rooms[0].keys() == rooms[1].keys() >= {"numParticipants", "metadata"}
    read_back = lkapi.Room.from_dict(rooms[0], strict=True)
    assert read_back.name == "demo"


def test_jsonl_is_one_object_a_line(server, lk):
    lines = lk("participant", "list", "demo", "--jsonl").out.splitlines()
    assert {"ann", "bob"} < {json.loads(line)["identity"] for line in lines}


def test_quiet_prints_what_names_the_items(server, lk):
    assert lk("room", "list", "-q").out == "demo\nother\n"
    assert lk("room", "create", "third", "-q").out == "third\n"
    assert lk("room", "send-data", "demo", "x", "-q").err == ""


def test_output_of_one_command_is_input_of_another(server, lk):
    first = lk("sip", "inbound", "get", server["INBOUND"], "--json")
    trunk = {**first.json, "numbers": ["+15105550777"], "sipTrunkId": ""}
    ran = lk("sip", "inbound", "create", "--input", "-", "--json", stdin=json.dumps(trunk))
    assert ran.code == 0, ran.err
    assert ran.json["numbers"] == ["+15105550777"]


def test_a_pipe_gets_no_colour_and_no_padding(server, lk):
    out = lk("egress", "list").out
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_an_empty_list_is_said_on_standard_error(server, lk):
    ran = lk("room", "list", "--name", "nowhere")
    assert (ran.out, ran.err) == ("", "There are no rooms.\n")
    assert lk("room", "list", "--name", "nowhere", "--json").json == {"rooms": []}


def test_pages_are_read_to_the_end(server, lk):
    with lkapi.SyncLiveKitAPI() as api:
        output = [lkapi.EncodedFileOutput(filepath="x.mp4", s3=lkapi.S3Upload(bucket="b"))]
        for _ in range(105):
            api.egress.start_room_composite_egress(room_name="other", file_outputs=output)
    assert len(lk("egress", "list", "--room", "other", "-q").out.splitlines()) == 105


def test_watching_in_a_pipe_prints_changes(server, lk, monkeypatch):
    def pause(_):
        server.world.close_room("other")

    monkeypatch.setattr("time.sleep", pause)
    ran = lk("room", "list", "--watch", "--rounds", "2")
    assert ran.out.splitlines() == ["+ demo", "+ other", "- other"]


def test_watching_nothing_in_a_pipe_says_so_once(server, lk, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.world.close_room("demo")
    server.world.close_room("other")
    ran = lk("room", "list", "--watch", "--rounds", "2")
    assert ran.out == ""
    assert ran.err == "There are no rooms.\n"


def test_watching_as_json_gives_the_whole_list_each_time(server, lk, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: server.world.close_room("demo"))
    server.world.close_room("other")
    lines = lk("room", "list", "--watch", "--rounds", "2", "--json").out.splitlines()
    readings = [json.loads(line)["rooms"] for line in lines]
    assert [[room["name"] for room in rooms] for rooms in readings] == [["demo"], []]


def test_watching_pauses_for_two_seconds_unless_told(server, lk, monkeypatch):
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    lk("room", "list", "--watch", "--rounds", "2")
    lk("room", "list", "--watch", "--rounds", "2", "--every", "500ms")
    assert pauses == [2.0, 0.5]


def test_watching_as_json_lines(server, lk):
    lines = lk("room", "list", "--watch", "--rounds", "1", "--jsonl").out.splitlines()
    changes = [json.loads(line) for line in lines]
    assert [(c["change"], c["item"]["name"]) for c in changes] == [
        ("added", "demo"),
        ("added", "other"),
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs the curl command")
def test_curl_sends_nothing_and_what_it_prints_does_the_same(server, lk):
    ran = lk("room", "create", "it's $HOME", "--metadata", '{"a": "b\'c"}', "--curl")
    assert ran.code == 0
    assert "it's $HOME" not in server.world.rooms
    token = lkapi.AccessToken("devkey", "secret").add_grant(room_create=True).to_jwt()
    done = subprocess.run(
        ["bash", "-c", ran.out.replace("curl ", "curl -s ")],
        env={"LIVEKIT_TOKEN": token, "PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["name"] == "it's $HOME"
    assert server.world.rooms["it's $HOME"].info.metadata == '{"a": "b\'c"}'


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("room list", "RoomService/ListRooms"),
        ("room get demo", "RoomService/ListRooms"),
        ("egress get EG_1", "Egress/ListEgress"),
        ("egress wait EG_1", "Egress/ListEgress"),
        ("sip rule list", "SIP/ListSIPDispatchRule"),
    ],
)
def test_what_reads_is_shown_as_curl_too(words, method, lk):
    """The server is not asked: there is none."""
    ran = lk(*words.split(), "--curl", "--url", "http://127.0.0.1:1")
    assert ran.code == 0, ran.err
    assert f"curl -X POST http://127.0.0.1:1/twirp/livekit.{method} " in ran.out


def test_curl_cannot_show_a_change_of_single_permissions(lk):
    """The call carries all permissions, and which ones there are has to be read first."""
    given = ("participant", "update", "demo", "ann", "--curl", "--url", "http://127.0.0.1:1")
    ran = lk(*given, "--no-can-publish")
    assert ran.code == 2
    assert "--permission" in ran.err
    assert ran.out == ""
    ran = lk(*given, "--permission", '{"canSubscribe": true}')
    assert '"permission": {"canSubscribe": true}' in ran.out


def test_a_session_as_json_and_as_its_id(server, lk):
    found = lk("analytics", "session", server["SESSION"], "--json").json
    assert found["room_name"] == "demo"
    assert "ann" in [person["participant_identity"] for person in found["participants"]]
    assert lk("analytics", "session", server["SESSION"], "-q").out == f"{server['SESSION']}\n"


def test_a_rule_can_be_sent_elsewhere(server, lk):
    ran = lk("sip", "rule", "update", server["RULE"], "--direct", "hall", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["rule"]["dispatchRuleDirect"]["roomName"] == "hall"
    made = lk("sip", "rule", "create", "--individual", "call-", "--pin", "77", "--json").json
    assert made["rule"]["dispatchRuleIndividual"] == {"roomPrefix": "call-", "pin": "77"} | {
        name: value
        for name, value in made["rule"]["dispatchRuleIndividual"].items()
        if name not in ("roomPrefix", "pin")
    }
    assert lk("sip", "rule", "list").out.count("individual call-") == 1


def test_a_method_is_found_in_any_case_and_without_its_service(server, lk):
    names = [room["name"] for room in lk("call", "roomservice/listrooms").json["rooms"]]
    assert names == ["demo", "other"]
    assert lk("call", "listrooms").json == lk("call", "RoomService/ListRooms").json


def test_the_fields_of_a_method_as_json(lk):
    found = lk("call", "RoomService/ListRooms", "--describe", "--json").json
    assert found == {
        "method": "RoomService/ListRooms",
        "fields": [{"name": "names", "type": "a list of str"}],
    }


def test_secrets_are_variables_in_curl():
    request = CREATE_SIP_INBOUND_TRUNK.request(
        trunk=lkapi.SIPInboundTrunkInfo(name="desk", auth_password="hidden")
    )
    text = curl_command(CREATE_SIP_INBOUND_TRUNK, request, "https://example.com")
    assert "hidden" not in text
    assert """'"$TRUNK_AUTH_PASSWORD"'""" in text
    assert "# TRUNK_AUTH_PASSWORD: the secret trunk.auth_password of the request" in text
    deep = CREATE_ROOM.request(
        name="x",
        egress=lkapi.RoomEgress(
            room=lkapi.RoomCompositeEgressRequest(
                file_outputs=[lkapi.EncodedFileOutput(s3=lkapi.S3Upload(secret="hidden"))],
                stream_outputs=[lkapi.StreamOutput(urls=["rtmp://hidden"])],
            )
        ),
    )
    text = curl_command(CREATE_ROOM, deep, "https://example.com")
    assert "hidden" not in text
    assert "$EGRESS_ROOM_FILE_OUTPUTS_0_S3_SECRET" in text


@pytest.mark.parametrize("row", all_methods(), ids=str)
def test_every_row_can_be_called(row, server, lk):
    ran = lk("call", str(row), "{}", "--curl", "--yes")
    assert ran.code == 0, ran.err
    assert f"{server['LIVEKIT_URL']}{row.path}" in ran.out
    assert find_method(str(row)) is row


def test_the_list_of_methods_has_every_row(lk):
    assert lk("call", "--list", "-q").out.splitlines() == [str(row) for row in all_methods()]
    listed = lk("call", "--list", "--json").json["methods"]
    assert len(listed) == len(all_methods())
