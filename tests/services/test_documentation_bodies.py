"""JSON bodies in the spellings that LiveKit's documentation uses load as the messages they mean."""

from __future__ import annotations

from typing import Any

import pytest

import lkapi
from lkapi.message import Message

S3 = {"access_key": "AK", "secret": "SK", "bucket": "b", "region": "us-west-1"}

BODIES: list[tuple[str, type[Message], dict[str, Any], dict[str, Any]]] = [
    (
        "room composite by curl, singular segments",
        lkapi.RoomCompositeEgressRequest,
        {"room_name": "my-room", "segments": {"filename_prefix": "my-prefix", "s3": S3}},
        {
            "room_name": "my-room",
            "segments.filename_prefix": "my-prefix",
            "segments.s3.bucket": "b",
        },
    ),
    (
        "room composite by the command line, lists",
        lkapi.RoomCompositeEgressRequest,
        {
            "room_name": "my-room",
            "layout": "grid-light",
            "preset": "H264_1080P_30",
            "segment_outputs": [
                {
                    "filename_prefix": "p",
                    "playlist_name": "p.m3u8",
                    "live_playlist_name": "live.m3u8",
                    "segment_duration": 2,
                    "filename_suffix": "TIMESTAMP",
                    "s3": S3,
                }
            ],
            "stream_outputs": [{"protocol": "SRT", "urls": ["srt://host:9999"]}],
        },
        {
            "layout": "grid-light",
            "preset": lkapi.EncodingOptionsPreset.H264_1080P_30,
            "segment_outputs.0.filename_suffix": lkapi.SegmentedFileSuffix.TIMESTAMP,
            "stream_outputs.0.protocol": lkapi.StreamProtocol.SRT,
        },
    ),
    (
        "web egress, mixed spellings and enum numbers",
        lkapi.WebEgressRequest,
        {
            "url": "https://example.com",
            "audioOnly": False,
            "await_start_signal": True,
            "advanced": {"keyFrameInterval": 2, "video_codec": "H264_HIGH", "audioCodec": 2},
            "file_outputs": [{"filepath": "a.mp4", "gcp": {"credentials": "{}", "bucket": "b"}}],
            "stream_outputs": [{"protocol": 1, "urls": []}],
        },
        {
            "await_start_signal": True,
            "advanced.key_frame_interval": 2.0,
            "advanced.video_codec": lkapi.VideoCodec.H264_HIGH,
            "advanced.audio_codec": lkapi.AudioCodec.AAC,
            "file_outputs.0.gcp.bucket": "b",
        },
    ),
    (
        "participant egress with images to Azure",
        lkapi.ParticipantEgressRequest,
        {
            "room_name": "r",
            "identity": "ann",
            "image_outputs": [
                {
                    "capture_interval": 5,
                    "width": 1280,
                    "filename_suffix": "IMAGE_SUFFIX_TIMESTAMP",
                    "azure": {"account_name": "a", "account_key": "k", "container_name": "c"},
                }
            ],
        },
        {"image_outputs.0.filename_suffix": 1, "image_outputs.0.azure.container_name": "c"},
    ),
    (
        "auto egress of a room in camelCase",
        lkapi.CreateRoomRequest,
        {
            "name": "r",
            "egress": {
                "room": {
                    "customBaseUrl": "https://t",
                    "segments": {"filenamePrefix": "p", "s3": S3},
                },
                "tracks": {"filepath": "{room_name}/{time}", "gcp": {"bucket": "b"}},
            },
        },
        {
            "egress.room.custom_base_url": "https://t",
            "egress.room.segments.filename_prefix": "p",
            "egress.tracks.gcp.bucket": "b",
        },
    ),
    (
        "inbound trunk file",
        lkapi.CreateSIPInboundTrunkRequest,
        {"trunk": {"name": "n", "numbers": ["+15105550123"], "krispEnabled": True}},
        {"trunk.numbers": ["+15105550123"], "trunk.krisp_enabled": True},
    ),
    (
        "outbound trunk file, two spellings of one kind",
        lkapi.CreateSIPOutboundTrunkRequest,
        {"trunk": {"address": "sip.telnyx.com", "authUsername": "u", "auth_password": "p"}},
        {"trunk.auth_username": "u", "trunk.auth_password": "p"},
    ),
    (
        "dispatch rule file",
        lkapi.CreateSIPDispatchRuleRequest,
        {
            "dispatch_rule": {
                "rule": {"dispatchRuleIndividual": {"roomPrefix": "call-"}},
                "roomConfig": {"agents": [{"agentName": "bot", "metadata": "{}"}]},
                "trunk_ids": [],
                "attributes": {"a": "1"},
            }
        },
        {
            "dispatch_rule.rule.dispatch_rule_individual.room_prefix": "call-",
            "dispatch_rule.room_config.agents.0.agent_name": "bot",
            "dispatch_rule.attributes": {"a": "1"},
        },
    ),
    (
        "dispatch rule of the dashboard, direct with a pin",
        lkapi.SIPDispatchRuleInfo,
        {
            "name": "n",
            "trunkIds": ["ST_1"],
            "hidePhoneNumber": True,
            "rule": {"dispatchRuleDirect": {"roomName": "open", "pin": "1212"}},
        },
        {"trunk_ids": ["ST_1"], "hide_phone_number": True, "rule.dispatch_rule_direct.pin": "1212"},
    ),
    (
        "dispatch rule by callee",
        lkapi.SIPDispatchRuleInfo,
        {"rule": {"dispatch_rule_callee": {"room_prefix": "number-", "randomize": False}}},
        {"rule.dispatch_rule_callee.room_prefix": "number-"},
    ),
    (
        "room configuration of a token request",
        lkapi.RoomConfiguration,
        {"agents": [{"agent_name": "bot"}], "emptyTimeout": 30},
        {"agents.0.agent_name": "bot", "empty_timeout": 30},
    ),
]


def at(message: Any, path: str) -> Any:
    """The value at a dotted path."""
    for part in path.split("."):
        message = message[int(part)] if part.isdigit() else getattr(message, part)
    return message


@pytest.mark.parametrize(("name", "kind", "body", "holds"), BODIES, ids=[b[0] for b in BODIES])
def test_body_loads(
    name: str, kind: type[Message], body: dict[str, Any], holds: dict[str, Any]
) -> None:
    """The body is read strictly: nothing in it is ignored as unknown."""
    message = kind.from_dict(body, strict=True)
    assert {path: at(message, path) for path in holds} == holds, name
    assert kind.from_bytes(message.to_bytes()) == message
    assert kind.from_dict(message.to_dict()) == message


def test_the_misspelt_option_of_one_sample_names_the_right_one() -> None:
    """``keyframe_interval`` stands in one sample; the field is ``key_frame_interval``."""
    with pytest.raises(TypeError, match="key_frame_interval"):
        lkapi.EncodingOptions(keyframe_interval=2)
