"""Errors that say what to do: each names the option, the field or the file that it is about."""

from __future__ import annotations

import json

import pytest

KEYS = ("--api-key", "devkey", "--api-secret", "a-secret-of-at-least-thirty-two-characters")
OF_CREDENTIALS = "--api-secret"


@pytest.fixture
def keyed(monkeypatch):
    """An environment with a server that nobody runs, and with a key."""
    monkeypatch.setenv("LIVEKIT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LIVEKIT_API_KEY", KEYS[1])
    monkeypatch.setenv("LIVEKIT_API_SECRET", KEYS[3])


@pytest.mark.parametrize("command", ["send", "replay"])
def test_a_receiver_that_is_not_there_is_about_to_and_not_about_url(command, keyed, lk, tmp_path):
    body = {"event": "room_started", "id": "EV_1"}
    line = {"received_at": "2026-08-01T12:00:00Z", "body": json.dumps(body), "claims": {}}
    (tmp_path / "some.jsonl").write_text(json.dumps(line) + "\n")
    what = "room_started" if command == "send" else "some.jsonl"
    ran = lk("webhook", command, what, "--to", "http://127.0.0.1:1/w")
    assert ran.code == 8
    assert "--to" in ran.err
    assert "--url" not in ran.err


@pytest.mark.parametrize("limit", ["0s", "0", "2d", "-5m"])
@pytest.mark.parametrize(
    "command", [("room", "list"), ("doctor",), ("webhook", "send", "room_started", "--to", "x")]
)
def test_a_timeout_that_cannot_be_used_is_a_usage_error(command, limit, keyed, lk):
    ran = lk(*command, f"--timeout={limit}")
    assert ran.code == 2
    assert "--timeout" in ran.err
    assert OF_CREDENTIALS not in ran.err


def test_a_console_for_other_machines_gives_no_advice_on_credentials(keyed, lk):
    ran = lk("console", "--host", "0.0.0.0")
    assert ran.code == 2
    assert "--password-file" in ran.err
    assert OF_CREDENTIALS not in ran.err


def test_a_server_that_cannot_be_reached_leads_to_the_doctor(keyed, lk):
    assert "`lkapi doctor`" in lk("room", "list").err


def test_tls_on_a_port_without_it_is_told_to_leave_it_out(server, lk):
    url = server["LIVEKIT_URL"].replace("http://", "wss://")
    ran = lk("room", "list", "--url", url)
    assert ran.code == 8
    assert "does this port use TLS?" in ran.err


def test_a_rule_without_a_kind_names_the_kinds(server, lk):
    ran = lk("sip", "rule", "create", "--name", "x")
    assert ran.code == 2
    for flag in ("--direct", "--individual", "--callee"):
        assert flag in ran.err


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (("room", "demo"), ("--file", "--segments", "--images", "--stream", "--storage")),
        (("room", "demo", "--file", "a.mp4"), ("--storage",)),
        (("web", "https://example.com", "--file", "a.mp4"), ("--storage", "--stream")),
        (("track", "demo", "$TRACK", "--file", "a.ogg"), ("--storage", "--websocket-url")),
        (
            ("any", "--room", "demo", "--template", "{}", "--outputs", '{"file": {}}'),
            ("--outputs", "--storage"),
        ),
    ],
)
def test_an_egress_without_output_or_storage_names_the_flags(arguments, flags, server, lk):
    words = [server.environ["TRACK"] if word == "$TRACK" else word for word in arguments]
    ran = lk("egress", "start", *words)
    assert ran.code == 7
    advice = ran.err.partition("what to do")[2]
    for flag in flags:
        assert flag in advice


def test_other_refusals_of_an_egress_are_not_about_outputs(server, lk):
    ran = lk("egress", "start", "room", "nowhere", "--file", "a.mp4")
    assert ran.code == 5
    assert "--storage" not in ran.err


@pytest.mark.parametrize("option", [("--rounds", "2"), ("--every", "5s")])
def test_options_of_watching_need_watch(option, keyed, lk):
    ran = lk("room", "list", *option)
    assert ran.code == 2
    assert option[0] in ran.err
    assert "--watch" in ran.err


def test_watching_without_a_pause_is_refused(keyed, lk):
    ran = lk("room", "list", "--watch", "--every", "0s", "--rounds", "1")
    assert ran.code == 2
    assert "--every" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("room", "list", "--json", "--jsonl"), ("--jsonl", "room", "list", "--json")],
)
def test_json_and_jsonl_exclude_each_other(arguments, keyed, lk):
    ran = lk(*arguments)
    assert ran.code == 2
    assert "--json and --jsonl" in ran.err


@pytest.mark.parametrize("flags", [(), ("--identity", "ann"), ("--room", "demo"), ("--json",)])
def test_a_token_that_allows_nothing_is_said_on_standard_error(flags, keyed, lk):
    ran = lk("token", "create", *flags)
    assert ran.code == 0
    assert ran.out.startswith("{" if "--json" in flags else "ey")
    assert "allows nothing" in ran.err
    assert "--join" in ran.err


@pytest.mark.parametrize(
    "flags",
    [
        ("--list",),
        ("--join", "--room", "demo", "-i", "ann"),
        ("--sip-call",),
        ("--agent-thread-scope", "x"),
        ("--quiet",),
    ],
)
def test_no_note_on_a_token_that_allows_something_or_with_quiet(flags, keyed, lk):
    ran = lk("token", "create", *flags)
    assert ran.code == 0
    assert ran.err == ""


@pytest.mark.parametrize(
    ("option", "nearest"), [("--prot=1", "--port"), ("--no-consol", "--no-console")]
)
def test_a_misspelt_option_of_dev_gets_a_suggestion(option, nearest, lk):
    ran = lk("dev", option)
    assert ran.code == 2
    assert f"did you mean '{nearest}'?" in ran.err
    assert "lkapi dev --help" in ran.err


@pytest.mark.parametrize("words", [("extra",), ("--port", "0", "--zzzz")])
def test_what_dev_does_not_take_is_named(words, lk):
    ran = lk("dev", *words)
    assert ran.code == 2
    assert words[-1] in ran.err


@pytest.mark.parametrize(
    ("method", "request_json", "hint"),
    [
        ("Ingress/CreateIngress", '{"inputType": "RTMP_INPT"}', "did you mean 'RTMP_INPUT'?"),
        ("Ingress/CreateIngress", '{"video": {"source": "CAMER"}}', "did you mean 'CAMERA'?"),
        ("Ingress/CreateIngress", '{"video": {"sorce": "CAMERA"}}', "did you mean 'source'?"),
        ("RoomService/CreateRoom", '{"agents": [{"agentNam": "x"}]}', "did you mean 'agentName'?"),
        ("RoomService/CreateRoom", '{"nmae": "x"}', "did you mean 'name'?"),
        ("Ingress/CreateIngress", '{"inputType": "zzz"}', "there are: RTMP_INPUT, WHIP_INPUT"),
    ],
)
def test_misspelt_names_in_json_get_a_suggestion_at_any_depth(method, request_json, hint, lk):
    ran = lk("call", method, request_json)
    assert ran.code == 2
    assert hint in ran.err


def test_a_storage_that_does_not_exist_is_told_what_there_is(keyed, lk):
    storage = '{"s4": {"bucket": "x"}}'
    ran = lk("egress", "start", "room", "demo", "--file", "a.mp4", "--storage", storage)
    assert ran.code == 2
    assert "--storage" in ran.err
    assert "there are: s3, gcp, azure, aliOSS" in ran.err


@pytest.mark.parametrize("ttl", ["-5m", "-1"])
def test_a_negative_lifetime_is_told_that_it_must_be_positive(ttl, keyed, lk):
    ran = lk("token", "create", "--list", "--ttl", ttl)
    assert ran.code == 2
    assert "--ttl" in ran.err
    assert "must be positive" in ran.err


def test_a_negative_length_of_time_is_told_that_it_must_be_positive(keyed, lk):
    ran = lk("room", "create", "demo", "--empty-timeout", "-5m")
    assert ran.code == 2
    assert "must be positive" in ran.err


@pytest.mark.parametrize("command", [("room", "create"), ("ingress", "create")])
def test_what_is_missing_leads_to_the_help(command, keyed, lk):
    ran = lk(*command)
    assert ran.code == 2
    assert f"see `lkapi {' '.join(command)} --help`" in ran.err


def test_all_that_is_missing_is_named_at_once(keyed, lk):
    assert "--room and --identity are missing" in lk("ingress", "create").err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("room", "create", "--input", "-"), "--input"),
        (("room", "create", "x", "--agents", "-"), "--agents"),
        (("call", "RoomService/CreateRoom", "-"), "JSON"),
        (("webhook", "send", "room_started", "--to", "x", "--data", "-"), "--data"),
    ],
)
@pytest.mark.parametrize("stdin", ["", "\n"])
def test_an_empty_standard_input_is_said_in_words(arguments, option, stdin, keyed, lk):
    ran = lk(*arguments, stdin=stdin)
    assert ran.code == 2
    assert option in ran.err
    assert "standard input is empty" in ran.err
    assert "char 0" not in ran.err


@pytest.mark.parametrize("command", ["decode", "verify"])
def test_an_empty_standard_input_instead_of_a_token(command, keyed, lk):
    ran = lk("token", command, stdin="")
    assert ran.code == 2
    assert "standard input is empty" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("call", "RoomService/CreateRoom", '{"name": "a", "name": "b"}'),
        ("call", "RoomService/CreateRoom", '{"agents": [{"name": "a", "name": "b"}]}'),
        ("room", "create", "--input", '{"name": "a", "name": "b"}'),
        ("webhook", "send", "room_started", "--to", "x", "--data", '{"name": 1, "name": 2}'),
    ],
)
def test_a_key_that_is_given_twice_is_refused(arguments, keyed, lk):
    ran = lk(*arguments)
    assert ran.code == 2
    assert "the key 'name' is given twice" in ran.err


@pytest.mark.parametrize(
    ("arguments", "ways"),
    [
        (("room", "list"), ("--url", "--project", "--env-file", "LIVEKIT_URL")),
        (
            ("room", "list", "--url", "ws://localhost"),
            ("--api-key", "--project", "--env-file", "LIVEKIT_API_KEY"),
        ),
        (("token", "create", "--api-key", "k"), ("--api-secret", "LIVEKIT_API_SECRET")),
        (("token", "create", "--api-secret", "s"), ("--api-key", "LIVEKIT_API_KEY")),
        (("token", "create", "--token", "a.b.c"), ("--api-key and --api-secret",)),
    ],
)
def test_missing_settings_name_what_is_missing_and_the_ways_to_give_it(arguments, ways, lk):
    ran = lk(*arguments)
    assert ran.code == 3
    for way in ways:
        assert way in ran.err
