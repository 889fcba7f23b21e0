"""``lkapi token``: every grant, the pipe, and the reasons of refusals."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest

import lkapi
from lkapi.auth import unverified
from lkapi.cli.commands import token as commands

KEY = {"LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "a-secret-that-is-long-enough-for-hs256"}


def made(lk, *arguments):
    ran = lk("token", "create", *arguments, **KEY)
    assert ran.code == 0, ran.err
    return unverified(ran.out.strip())


def test_a_join_token(lk):
    claims = made(
        lk, "--join", "--room", "demo", "-i", "ann", "--name", "Ann", "--metadata", "m",
        "--attribute", "a=1", "--kind", "agent", "--no-can-publish", "--can-publish-sources",
        "camera", "--ttl", "10m", "--room-preset", "small", "--agent", "greeter",
    )  # fmt: skip
    assert claims.identity == "ann"
    assert claims.attributes == {"a": "1"}
    assert claims.video == lkapi.VideoGrants(
        room_join=True, room="demo", can_publish=False, can_publish_sources=["camera"]
    )
    assert claims.raw["exp"] - claims.raw["nbf"] == 600
    assert claims.room_config_json == {"agents": [{"agentName": "greeter"}]}
    assert claims.raw["roomPreset"] == "small"


@pytest.mark.parametrize(
    ("keyword", "before", "field"),
    [
        (keyword, before, field.name)
        for keyword, before, kind in commands._GROUPS
        for field in dataclasses.fields(kind)
    ],
)
def test_every_grant_has_a_flag(keyword, before, field, lk):
    word = "as-agent" if (keyword, field) == ("video", "agent") else field.replace("_", "-")
    text = {"can_publish_sources": "camera"}.get(field, "x")
    is_text = field in (*commands._TEXTS, *commands._LISTS)
    grants = getattr(
        made(lk, f"--{before}{word}", *([text] if is_text else []), "--any-room", "-i", "ann"),
        keyword,
    )
    value = getattr(grants, field)
    assert (
        list(value) == [text] if field in commands._LISTS else value == (text if is_text else True)
    )


def test_a_pipe_gets_the_token_alone(lk):
    ran = lk("token", "create", "--list", **KEY)
    assert ran.out.count("\n") == 1
    assert ran.out.count(".") == 2
    assert ran.err == ""


def test_json_has_token_and_claims(lk):
    found = lk("token", "create", "--list", "--json", **KEY).json
    assert found["claims"]["video"] == {"roomList": True}
    assert unverified(found["token"]).raw == found["claims"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--join", "--room", "demo"), "needs --identity"),
        (("--join", "-i", "ann"), "--any-room"),
        (("--list", "--ttl", "0s"), "above zero"),
        (("--list", "--kind", "boss"), "kind of participant"),
        (("--list", "--attribute", "x"), "KEY=VALUE"),
        (("--list", "--room-config", "{"), "--room-config: "),
        (("--list", "--room-config", "[]"), "not a JSON object"),
        (("--list", "--room-config", '{"agentz": []}'), "agentz"),
    ],
)
def test_what_makes_no_token_is_refused(arguments, message, lk):
    ran = lk("token", "create", *arguments, **KEY)
    assert ran.code == 2
    assert message in ran.err


def test_decode_needs_no_secret(lk):
    jwt = lk("token", "create", "--list", "--ttl", "90m", **KEY).out
    ran = lk("token", "decode", LIVEKIT_API_KEY="", LIVEKIT_API_SECRET="", stdin=f"Bearer {jwt}")
    assert ran.code == 0
    assert "valid for 1h" in ran.out
    assert "video.roomList" in ran.out
    assert lk("token", "decode", jwt.strip(), "--json").json["claims"]["video"] == {
        "roomList": True
    }


def test_decode_says_since_when_a_token_is_over(lk):
    jwt = lkapi.AccessToken("key", "s" * 32, ttl=60, clock=lambda: 1_600_000_000).to_jwt()
    ran = lk("token", "decode", jwt)
    assert ran.code == 0
    assert "ago, at 2020-09-13 12:27:40Z" in ran.out


def test_decode_says_when_a_token_begins_and_that_one_never_ends(lk):
    later = lkapi.AccessToken("key", "s" * 32, ttl=60, clock=lambda: 4_000_000_000).to_jwt()
    ran = lk("token", "decode", later)
    assert "yet, from 2096-10-02 07:06:40Z until 2096-10-02 07:07:40Z" in ran.out
    claims = base64.urlsafe_b64encode(b'{"iss": "key"}').decode().rstrip("=")
    endless = f"{later.partition('.')[0]}.{claims}.AAAA"
    assert "without an expiry time, which no server accepts" in lk("token", "decode", endless).out


def test_what_is_no_token_is_said(lk):
    ran = lk("token", "decode", "nonsense")
    assert ran.code == 13
    assert "Traceback" not in ran.err


def test_verify_says_by_its_exit_code(lk):
    jwt = lk("token", "create", "--list", **KEY).out.strip()
    good = lk("token", "verify", jwt)
    assert good.code == 0
    assert "valid" in good.out
    assert lk("token", "verify", jwt, "--quiet").out == ""
    other = lk("token", "verify", jwt, "--api-key", "key", "--api-secret", "other" * 8)
    assert other.code == 13
    assert "signature" in other.err
    unknown = lk("token", "verify", jwt, "--api-key", "another", "--api-secret", "other" * 8)
    assert unknown.code == 13


def test_verify_allows_clocks_to_differ_by_the_leeway(lk):
    import time

    late = lkapi.AccessToken(
        KEY["LIVEKIT_API_KEY"], KEY["LIVEKIT_API_SECRET"], ttl=60, clock=lambda: time.time() - 90
    ).to_jwt()
    assert lk("token", "verify", late, **KEY).code == 0
    ran = lk("token", "verify", late, "--leeway", "10s", **KEY)
    assert ran.code == 13
    assert "expired" in ran.err
    assert lk("token", "verify", late, "--leeway", "x", **KEY).code == 2


def test_sensitive_room_configurations_need_a_flag(lk):
    config = json.dumps({"egress": {"room": {"fileOutputs": [{"s3": {"secret": "x"}}]}}})
    ran = lk("token", "create", "--list", "--room-config", config, **KEY)
    assert ran.code == 2
    allowed = lk("token", "create", "--list", "--room-config", config, "--allow-sensitive", **KEY)
    assert allowed.code == 0
