"""What a seed puts into a world, and the errors that name what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import World, plant, read_seed
from lkapi.devserver.seeds import files
from lkapi.errors import SettingsError
from lkapi.protocol.models import ParticipantInfo, TrackSource, TrackType

FILE = {"filepath": "a.mp4", "s3": {"bucket": "b", "access_key": "AK", "secret": "fake"}}
SEED: dict[str, Any] = {
    "callees": [{"number": "+14155550101", "status": 486, "rings": 2}],
    "rooms": [
        {
            "name": "demo",
            "emptyTimeout": 3600,
            "metadata": "m",
            "participants": [
                {
                    "identity": "ann",
                    "name": "Ann",
                    "attributes": {"x": "1"},
                    "tracks": [
                        {"name": "mic"},
                        {"name": "cam", "source": "camera", "width": 640, "muted": True},
                        {"name": "song", "source": "screen_share_audio", "type": "AUDIO"},
                    ],
                },
                {"identity": "bot", "kind": "agent", "permission": {"hidden": True}},
            ],
        },
        {"name": "empty"},
    ],
    "dispatches": [{"room": "demo", "agent_name": "helper"}],
    "inbound_trunks": [
        {"name": "in", "sip_trunk_id": "ST_in", "numbers": ["+14155550111"]},
        {"name": "other", "numbers": ["+14155550112"]},
    ],
    "outbound_trunks": [
        {
            "name": "out",
            "sipTrunkId": "ST_out",
            "address": "sip.example.com",
            "numbers": ["+14155550199"],
        }
    ],
    "dispatch_rules": [
        {
            "name": "desk",
            "sip_dispatch_rule_id": "SDR_desk",
            "trunk_ids": ["in", "ST_x"],
            "rule": {"dispatch_rule_direct": {"room_name": "desk"}},
        },
        {"name": "all", "rule": {"dispatch_rule_individual": {"room_prefix": "call"}}},
    ],
    "numbers": ["+14155550107", {"number": "+14155550108", "dispatch_rule": "desk", "name": "n"}],
    "egress": [{"room_composite": {"room_name": "demo", "file_outputs": [FILE]}}],
    "ingress": [{"room_name": "demo", "participant_identity": "obs", "name": "studio"}],
    "calls": [{"from": "+12125550100", "to": "+14155550111"}],
}


def test_everything_that_a_seed_names_is_there() -> None:
    world = World()
    counts = plant(world, SEED)
    assert counts == {name: len(items) for name, items in SEED.items()}
    room = world.find_room("demo")
    assert room is not None
    assert (room.info.empty_timeout, room.info.metadata) == (3600, "m")
    ann = world.find_participant("demo", "ann")
    assert ann is not None
    assert (ann.info.name, dict(ann.info.attributes), ann.active) == ("Ann", {"x": "1"}, True)
    assert [(t.name, t.source, t.type, t.muted) for t in ann.tracks] == [
        ("mic", TrackSource.MICROPHONE, TrackType.AUDIO, False),
        ("cam", TrackSource.CAMERA, TrackType.VIDEO, True),
        ("song", TrackSource.SCREEN_SHARE_AUDIO, TrackType.AUDIO, False),
    ]
    assert ann.tracks[1].width == 640
    bot = world.find_participant("demo", "bot")
    assert bot is not None
    assert bot.info.kind == ParticipantInfo.Kind.AGENT
    assert bot.permission.hidden
    assert [each.agent_name for each in room.dispatches.values()] == ["", "helper"]
    assert world.callees.find("+14155550101").status == 486


def test_ids_of_a_seed_are_kept_and_names_are_resolved() -> None:
    """So that an application can have a trunk's id in its settings."""
    world = World()
    plant(world, SEED)
    assert world.trunks.inbound["ST_in"].name == "in"
    assert world.trunks.inbound["ST_in"].sip_trunk_id == "ST_in"
    assert world.trunks.outbound["ST_out"].sip_trunk_id == "ST_out"
    assert len(world.trunks.inbound) == 2
    rule = world.rules.by_id["SDR_desk"]
    assert list(rule.trunk_ids) == ["ST_in", "ST_x"]
    numbers = {n.e164_format: n for n in world.numbers.by_id.values()}
    assert numbers["+14155550108"].sip_dispatch_rule_id == "SDR_desk"
    assert numbers["+14155550108"].name == "n"
    assert [info.room_name for info in world.egresses.all()] == ["demo"]
    assert [info.name for info in world.ingresses.all()] == ["studio"]
    (call,) = world.calls.all()
    assert call.participant.room_name == "desk"


def test_nothing_is_a_seed_too() -> None:
    world = World()
    assert plant(world, None) == plant(world, {}) == {}
    assert world.rooms == {}


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ([], "seed: must be an object"),
        ({"room": []}, "seed: unknown name 'room'; did you mean 'rooms'"),
        ({"rooms": {}}, r"seed\.rooms: must be a list"),
        ({"rooms": ["demo"]}, r"seed\.rooms\[0\]: must be an object"),
        ({"rooms": [{}]}, r"rooms\[0\]: 'name' is missing"),
        ({"rooms": [{"name": 3}]}, r"rooms\[0\]: CreateRoomRequest.name"),
        ({"rooms": [{"name": "a", "nodes": 1}]}, r"rooms\[0\]: CreateRoomRequest.*nodes"),
        ({"rooms": [{"name": "x" * 300}]}, r"rooms\[0\]: room name length exceeds limits"),
        (
            {"rooms": [{"name": "a", "participants": [{}]}]},
            r"rooms\[0\]\.participants\[0\]: 'identity' is missing",
        ),
        (
            {"rooms": [{"name": "a", "participants": [{"identity": ""}]}]},
            r"participants\[0\]\.identity: must not be empty",
        ),
        (
            {"rooms": [{"name": "a", "participants": [{"identity": 7}]}]},
            r"participants\[0\]\.identity: must be text; put it in quotes",
        ),
        (
            {"rooms": [{"name": "a", "participants": [{"identiy": "b"}]}]},
            r"participants\[0\]: unknown name 'identiy'; did you mean 'identity'",
        ),
        (
            {"rooms": [{"name": "a", "participants": [{"identity": "b", "kind": "agnt"}]}]},
            r"participants\[0\]\.kind: unknown kind; did you mean 'agent'",
        ),
        (
            {
                "rooms": [
                    {
                        "name": "a",
                        "participants": [{"identity": "b", "tracks": [{"source": "mic"}]}],
                    }
                ]
            },
            r"rooms\[0\]\.participants\[0\]\.tracks\[0\]: TrackInfo\.source",
        ),
        (
            {
                "rooms": [
                    {
                        "name": "a",
                        "participants": [
                            {"identity": "b", "permission": {"can_subscribe": True}, "tracks": [{}]}
                        ],
                    }
                ]
            },
            r"tracks\[0\]: this participant may not publish MICROPHONE",
        ),
        (
            {
                "rooms": [
                    {
                        "name": "a",
                        "max_participants": 1,
                        "participants": [{"identity": "b"}, {"identity": "c"}],
                    }
                ]
            },
            r"participants\[1\]: participant c cannot join",
        ),
        ({"inbound_trunks": [{"numbers": "1"}]}, r"inbound_trunks\[0\]: SIPInboundTrunkInfo"),
        (
            {"inbound_trunks": [{"numbers": ["1"]}, {"numbers": ["1"]}]},
            r"inbound_trunks\[1\]: Conflicting inbound SIP Trunks",
        ),
        (
            {
                "inbound_trunks": [
                    {"sip_trunk_id": "ST_1", "numbers": ["1"]},
                    {"sip_trunk_id": "ST_1", "numbers": ["2"]},
                ]
            },
            r"inbound_trunks\[1\]: another trunk has the id 'ST_1'",
        ),
        ({"dispatch_rules": [{}]}, r"dispatch_rules\[0\]: "),
        (
            {
                "dispatch_rules": [
                    {
                        "sip_dispatch_rule_id": "SDR_1",
                        "rule": {"dispatch_rule_direct": {"room_name": room, "pin": room}},
                    }
                    for room in ("1", "2")
                ]
            },
            r"dispatch_rules\[1\]: another dispatch rule has the id 'SDR_1'",
        ),
        ({"numbers": ["+4930"]}, r"numbers\[0\]: phone number \+4930 is not available"),
        ({"numbers": [{"number": "+14155550108", "rule": "x"}]}, r"numbers\[0\]: unknown name"),
        ({"numbers": [14155550108]}, r"numbers\[0\]: must be an object"),
        ({"egress": [{}]}, r"egress\[0\]: must have one of the names room_composite"),
        ({"egress": [{"web": {"url": "u"}}]}, r"egress\[0\]\.web: "),
        ({"callees": [{"number": "1", "status": "x"}]}, r"callees\[0\]\.status: must be a whole"),
        ({"calls": [{"from": "1"}]}, r"calls\[0\]: 'to' is missing"),
        ({"calls": [{"from": "1", "to": "2"}]}, r"calls\[0\]: no SIP dispatch rule matches"),
    ],
)
def test_errors_name_their_place_and_change_nothing(seed: object, message: str) -> None:
    world = World()
    before = world.snapshot()["world"]
    with pytest.raises(SettingsError, match=message):
        plant(world, seed)
    if isinstance(seed, dict):
        with pytest.raises(SettingsError, match=message):
            plant(world, {**seed, "outbound_trunks": SEED["outbound_trunks"]})
    assert world.snapshot()["world"] == before


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    as_json, as_yaml = tmp_path / "seed.json", tmp_path / "seed.yaml"
    as_json.write_text(json.dumps(SEED), encoding="utf-8")
    as_yaml.write_text(yaml.safe_dump(SEED), encoding="utf-8")
    assert read_seed(as_json) == read_seed(as_yaml) == SEED


def test_files_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*none\.json: No such file"):
        read_seed(tmp_path / "none.json")
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bad\.json is not JSON"):
        read_seed(bad)
    bad.write_bytes(b"\xff\xff")
    with pytest.raises(SettingsError, match=r"bad\.json is not UTF-8"):
        read_seed(bad)
    bad = tmp_path / "bad.yml"
    bad.write_text("a: [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bad\.yml is not YAML"):
        read_seed(bad)


def test_without_pyyaml_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    path = tmp_path / "seed.yaml"
    path.write_text("rooms: []", encoding="utf-8")
    monkeypatch.setattr(files.importlib, "import_module", missing)
    with pytest.raises(SettingsError, match="pip install pyyaml"):
        read_seed(path)
