"""Flags made from fields: types, names of enums, times, files, and what counts over what."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta, timezone

import click
import pytest

import lkapi
from lkapi.cli.flags.layouts import flags_of
from lkapi.cli.flags.requests import build_request, read_json
from lkapi.methods import all_methods
from lkapi.presentation.enum_names import find_member, short_name, short_names
from lkapi.protocol.agent_simulation import SimulationRun
from lkapi.protocol.egress import EgressStatus
from lkapi.protocol.ingress import IngressInput
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.sip import SIPTransport


def request_of(message, *arguments, base=None, **settings):
    """The request that a command line makes of a message's flags."""
    flags = flags_of(message, **settings)
    command = click.Command("x", params=list(flags), callback=lambda **_: None)
    context = command.make_context("x", list(arguments))
    given = {f: context.params[f.name] for f in flags if context.params[f.name] not in (None, ())}
    return build_request(message, given, base)


def test_scalars_times_lists_maps_and_messages():
    made = request_of(
        CreateRoomRequest,
        *("--name", "demo", "--empty-timeout", "10m", "--max-participants", "5"),
        *("--sync-streams", "--min-playout-delay", "1.5s", "--tags", "a=1", "--tags", "b=x=y"),
        *("--agents", '{"agent_name": "one"}', "--agents", '[{"agentName": "two"}]'),
    )
    assert made == CreateRoomRequest(
        name="demo",
        empty_timeout=600,
        max_participants=5,
        sync_streams=True,
        min_playout_delay=1500,
        tags={"a": "1", "b": "x=y"},
        agents=[lkapi.RoomAgentDispatch(agent_name=name) for name in ("one", "two")],
    )


def test_durations_and_enums():
    made = request_of(
        lkapi.CreateSIPParticipantRequest,
        *("--ringing-timeout", "1m30s", "--dialtone", "US"),
        *("--include-headers", "SIP_ALL_HEADERS", "--media-encryption", "require"),
    )
    assert made.ringing_timeout == timedelta(seconds=90)
    assert made.dialtone == lkapi.SIPDialtone.SIP_DIALTONE_US
    assert made.include_headers == lkapi.SIPHeaderOptions.SIP_ALL_HEADERS
    assert made.media_encryption == lkapi.SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE


def test_times_and_numbers_with_fractions():
    made = request_of(SimulationRun.Counts.Request, "--start-time", "2026-08-01T12:00:00Z")
    assert made.start_time == datetime(2026, 8, 1, 12, tzinfo=timezone.utc)
    assert request_of(lkapi.EncodingOptions, "--key-frame-interval", "1.5") == (
        lkapi.EncodingOptions(key_frame_interval=1.5)
    )
    with pytest.raises(click.UsageError, match="soon"):
        request_of(SimulationRun.Counts.Request, "--start-time", "soon")


def test_bytes_are_text_a_file_or_standard_input(tmp_path, monkeypatch):
    (tmp_path / "data.bin").write_bytes(b"\x00\xff")
    assert request_of(lkapi.SendDataRequest, "--data", "hé").data == "hé".encode()
    path = tmp_path / "data.bin"
    assert request_of(lkapi.SendDataRequest, "--data", f"@{path}").data == b"\x00\xff"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00")))
    assert request_of(lkapi.SendDataRequest, "--data", "-").data == b"\xff\x00"
    with pytest.raises(click.UsageError, match=r"'nowhere\.bin' cannot be read: No such file"):
        request_of(lkapi.SendDataRequest, "--data", "@nowhere.bin")


def test_an_unknown_name_of_an_enum_is_refused_with_the_known_ones():
    with pytest.raises(click.UsageError, match="'rush' is not one of reliable, lossy"):
        request_of(lkapi.SendDataRequest, "--kind", "rush")


def test_json_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "latin.json").write_bytes(b'{"name": "caf\xe9"}')
    with pytest.raises(click.UsageError, match=r"latin\.json' is not UTF-8 text"):
        read_json(CreateRoomRequest, str(tmp_path / "latin.json"))
    with pytest.raises(click.UsageError, match="nested too deeply"):
        read_json(CreateRoomRequest, '{"agents": ' + "[" * 100_000)


def test_nested_fields_and_updates_of_lists():
    made = request_of(
        lkapi.UpdateSIPInboundTrunkRequest,
        *("--name", "desk", "--add-numbers", "+1", "--add-numbers", "+2", "--remove-numbers", "+3"),
        inside=("update",),
    )
    assert made.update.name == "desk"
    assert made.update.numbers == lkapi.ListUpdate(add=["+1", "+2"], remove=["+3"])


def test_flags_count_over_the_file_and_maps_are_added_to():
    base = CreateRoomRequest(name="file", metadata="kept", tags={"a": "1"})
    made = request_of(CreateRoomRequest, "--name", "flag", "--tags", "b=2", base=base)
    assert made == CreateRoomRequest(name="flag", metadata="kept", tags={"a": "1", "b": "2"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--empty-timeout", "soon"], "not a length of time"),
        (["--empty-timeout", "1.5s"], "not a whole number of seconds"),
        (["--max-participants", "many"], "not a valid int"),
        (["--max-participants", "-1"], "out of range"),
        (["--tags", "alone"], "not of the form KEY=VALUE"),
        (["--agents", "{"], "not JSON"),
        (["--agents", "nowhere.json"], "neither JSON nor a readable file"),
        (["--agents", '{"agentNme": "x"}'], "has no field 'agentNme'; did you mean 'agentName'"),
        (["--egress", '{"room": 5}'], "RoomEgress"),
    ],
)
def test_values_that_do_not_fit_are_refused_with_the_reason(arguments, message):
    with pytest.raises(click.UsageError, match=message):
        request_of(CreateRoomRequest, *arguments)


def test_two_members_of_a_oneof_exclude_each_other():
    with pytest.raises(click.UsageError, match="--preset and --advanced exclude each other"):
        request_of(lkapi.WebEgressRequest, "--preset", "h264_720p_30", "--advanced", "{}")


def test_a_member_of_a_oneof_replaces_the_one_of_the_file():
    base = lkapi.WebEgressRequest(preset=lkapi.EncodingOptionsPreset.H264_720P_60)
    made = request_of(lkapi.WebEgressRequest, "--advanced", '{"width": 5}', base=base)
    assert made.which_oneof("options") == "advanced"


def test_short_names_of_enums():
    assert short_name(EgressStatus.EGRESS_LIMIT_REACHED) == "limit_reached"
    assert list(short_names(IngressInput)) == ["rtmp", "whip", "url"]
    for text in ("tls", "TLS", "sip-transport-tls", "SIP_TRANSPORT_TLS"):
        assert find_member(SIPTransport, text) is SIPTransport.SIP_TRANSPORT_TLS
    assert find_member(SIPTransport, "auto") is SIPTransport.SIP_TRANSPORT_AUTO
    with pytest.raises(ValueError, match="'tsl' is not one of auto, udp, tcp, tls"):
        find_member(SIPTransport, "tsl")


@pytest.mark.parametrize("row", all_methods(), ids=str)
def test_every_request_of_the_table_has_flags_for_its_fields(row):
    flags = flags_of(row.request)
    covered = {flag.path[0] for flag in flags}
    assert covered == set(row.request.__layout__.fields)


@pytest.mark.parametrize("spelling", ["emptyTimeout", "empty_timeout"])
def test_input_is_read_in_both_spellings(spelling, tmp_path, monkeypatch):
    text = json.dumps({"name": "demo", spelling: 60})
    (tmp_path / "room.json").write_text(text)
    expected = CreateRoomRequest(name="demo", empty_timeout=60)
    assert read_json(CreateRoomRequest, text) == expected
    assert read_json(CreateRoomRequest, str(tmp_path / "room.json")) == expected


def test_input_may_be_that_of_the_nested_message_alone():
    request = lkapi.CreateSIPInboundTrunkRequest
    alone = read_json(request, '{"name": "desk"}', inside=("trunk",))
    whole = read_json(request, '{"trunk": {"name": "desk"}}', inside=("trunk",))
    assert alone == whole == request(trunk=lkapi.SIPInboundTrunkInfo(name="desk"))


def test_input_from_standard_input_and_flags_over_it(server, lk):
    text = '{"name": "piped", "maxParticipants": 3, "metadata": "old"}'
    ran = lk("room", "create", "--input", "-", "--metadata", "new", "--json", stdin=text)
    assert ran.code == 0, ran.err
    assert ran.json["maxParticipants"] == 3
    assert ran.json["metadata"] == "new"


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (("room", "create"), "NAME is missing"),
        (("ingress", "create", "--room", "demo"), "--identity is missing"),
        (("number", "purchase", "--yes"), "PHONE_NUMBERS is missing"),
    ],
)
def test_what_is_missing_is_named(arguments, missing, server, lk):
    ran = lk(*arguments)
    assert ran.code == 2
    assert missing in ran.err
