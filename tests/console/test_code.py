"""What is shown as code is the call that is made: each form is run and compared."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import html as entities
import json
import os
import re
import shlex
import subprocess

import pytest

import lkapi
from lkapi.cli import main
from lkapi.console.actions.action import CallAction
from lkapi.console.actions.folding import fold
from lkapi.console.actions.inputs import field_at, text_of as text_of_value
from lkapi.console.actions.reading import oneofs_of, parse
from lkapi.console.actions.shown import Command, python_code, show_call, show_message
from lkapi.console.pages import all_pages
from lkapi.message.fields import EnumField, ScalarList, TimeField
from lkapi.methods import all_methods, find_method
from lkapi.presentation.secrets import (
    hide_secrets,
    is_secret,
    secrets_of,
    show_address,
    without_addresses,
)
from tests.console.stages import join, playing, text_of

ACTIONS = [
    action for page in all_pages() for action in page.actions if isinstance(action, CallAction)
]
SAMPLES = {
    "choice": lambda one: next((value for value, _ in one.choices if value), ""),
    "check": lambda one: "on",
    "time": lambda one: "90s",
    "number": lambda one: "7",
    "lines": lambda one: "one two\nit's",
    "pairs": lambda one: "key=it's <b>",
    "json": lambda one: "",
    "area": lambda one: 'a "text" with $HOME, `x` and it\'s',
    "text": lambda one: "-it's $HOME",
    "secret": lambda one: "hunter2hunter2",
}


def filled(action: CallAction) -> dict[str, str]:
    """A form with something in each input, one of each oneof."""
    form: dict[str, str] = {}
    chosen: dict[object, str] = {}
    for one in (action._input(name, "") for name in action.names):
        message, path = action.place_of(one.name)
        oneofs = oneofs_of(message, path)
        if any(chosen.setdefault((message, *key), oneofs[key]) != oneofs[key] for key in oneofs):
            continue
        field, owner = field_at(message, path)
        if is_secret(owner, field.name):
            form[one.name] = SAMPLES["secret"](one)
        elif isinstance(field, ScalarList) and isinstance(field.element, EnumField):
            form[one.name] = "camera"
        elif isinstance(field, ScalarList) and field.element.expected == "int":
            form[one.name] = "7"
        elif isinstance(field, TimeField) and field.is_timestamp:
            form[one.name] = "2026-08-01T12:00:00+00:00"
        else:
            form[one.name] = SAMPLES[one.kind](one)
    return form


def run_python(code: str, environment: dict[str, str]):
    """The row and request of the call that a program makes."""
    made = []

    class Client(lkapi.LiveKitAPI):
        def __init__(self) -> None:
            super().__init__("http://x", "key", "secret" * 8, transport=_Never())

        async def call(self, method, request=None, **fields):
            made.append((method, method.request(**fields) if request is None else request))

    class _Never:
        async def asend(self, request):
            from lkapi.transports.base import Response

            made.append((find_method(request.url.partition("/twirp/livekit.")[2]), request.content))
            return Response(200, {"content-type": "application/protobuf"}, b"")

        async def aclose(self):
            pass

    body = "\n".join(f"    {line}" for line in code.splitlines())
    names = {"lkapi": lkapi}
    original, lkapi.LiveKitAPI = lkapi.LiveKitAPI, Client
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        exec(f"async def program():\n{body}", names)
        with contextlib.suppress(lkapi.NotFoundError):  # what the empty answer is taken for
            asyncio.run(names["program"]())
    finally:
        lkapi.LiveKitAPI = original
        os.environ.clear()
        os.environ.update(before)
    row, found = made[0]
    return row, row.request.from_bytes(found) if isinstance(found, bytes) else found


@pytest.mark.parametrize("action", ACTIONS, ids=lambda one: one.name)
def test_python_makes_the_same_call(action):
    request = action.request(filled(action))
    row, made = run_python(python_code(action.row, request), variables(action, request))
    assert row is action.row
    ignored = {"nonce": b""} if "nonce" in type(request).__layout__.fields else {}
    assert made.copy(**ignored) == request


def variables(action, request) -> dict[str, str]:
    """The variables of a request's secrets, with what the form has in them."""
    code = "".join(one.code for one in show_call(action.row, request, "http://x", action.command))
    names = {line.split(":")[0][2:] for line in code.splitlines() if line.startswith("# ")}
    return dict.fromkeys(names, "hunter2hunter2")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda one: one.name)
def test_the_command_sends_the_same_request(action, capfd):
    request = action.request(filled(action))
    _, command, curl = show_call(action.row, request, "http://x", action.command)
    given = variables(action, request)
    made = run_command(command.code, given, capfd, len((action.command.words or "call").split()))
    assert body_of(made, given) == json.loads(request.to_json()), command.code
    assert body_of(curl.code, given) == json.loads(request.to_json()), curl.code


def run_command(code: str, given: dict[str, str], capfd, depth: int) -> str:
    """What ``--curl`` prints for a shown command."""
    line = [one for one in code.splitlines() if not one.startswith("# ")]
    words = expand("\n".join(line), given)
    assert words[0] == "lkapi"
    first = 1 + depth
    options = ["--curl", "--url", "http://x", "--token", "x.y.z"]
    capfd.readouterr()
    code = main([*words[1:first], *options, *words[first:]])
    out, err = capfd.readouterr()
    assert code == 0, err
    return out


def expand(line: str, given: dict[str, str]) -> list[str]:
    """The words of a line, as a shell makes them."""
    script = f'for word in {line.removeprefix("lkapi")}; do printf "%s\\0" "$word"; done'
    done = subprocess.run(["sh", "-c", script], env=given, capture_output=True, check=True)
    return ["lkapi", *done.stdout.decode().split("\0")[:-1]]


def body_of(curl: str, given: dict[str, str]) -> dict:
    """The JSON that a curl command sends."""
    line = "\n".join(one for one in curl.splitlines() if not one.startswith("# "))
    words = shlex.split(line) if not given else expand_words(line, given)
    return json.loads(words[words.index("-d") + 1])


def expand_words(line: str, given: dict[str, str]) -> list[str]:
    joined = line.replace("\\\n", " ").strip().removeprefix("curl")
    return expand(f"lkapi {joined}", {**given, "LIVEKIT_TOKEN": "t"})


def test_every_method_has_python():
    api = lkapi.LiveKitAPI("http://x", "key", "secret" * 8)
    for row in all_methods():
        code = python_code(row, row.request())
        target = code.partition("await api.")[2].partition("(")[0]
        if target == "call":
            assert f'find_method("{row}")' in code
            continue
        service, _, method = target.partition(".")
        assert callable(getattr(getattr(api, service), method)), row


def test_secrets_are_variables_and_masked():
    request = lkapi.CreateSIPOutboundTrunkRequest(
        trunk=lkapi.SIPOutboundTrunkInfo(
            name="t", address="sip.example.com", numbers=["+1"], auth_username="u",
            auth_password="hunter2hunter2",
        )
    )  # fmt: skip
    row = find_method("SIP/CreateSIPOutboundTrunk")
    shown = show_call(row, request, "http://x", Command(words="sip outbound create"))
    for one in show_call(row, request, "http://x", Command()) + shown:
        assert "hunter2" not in one.code, one.label
        assert "AUTH_PASSWORD" in one.code
    assert "hunter2" not in show_message(request)
    assert '"***"' in show_message(request)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://shop.livekit.cloud", "https://shop.livekit.cloud"),
        ("ws://example.com:7880/", "http://example.com:7880"),
        ("shop.livekit.cloud", "https://shop.livekit.cloud"),
        ("localhost:7880", "http://localhost:7880"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("dev.localhost", "http://dev.localhost"),
    ],
)
def test_curl_goes_where_lkapi_goes(url, shown):
    """Also for a bare host: over http on this machine only."""
    with playing(url=url) as player:
        page = text_of(player.post("/do/room.create/shown", {"name": "demo"}).text)
        assert f"curl -X POST {shown}/twirp/" in page
        assert repr(shown) in repr(player.app.console.link.client)


ROUND = [
    (lkapi.SendDataRequest, "data", "hé".encode()),
    (lkapi.IngressVideoEncodingOptions, "frame_rate", 29.5),
    (lkapi.IngressAudioEncodingOptions, "bitrate", 64000),
    (lkapi.CreateRoomRequest, "empty_timeout", 90),
    (lkapi.CreateRoomRequest, "tags", {"team": "blue", "empty": ""}),
    (lkapi.CreateSIPParticipantRequest, "ringing_timeout", dt.timedelta(seconds=90)),
    (lkapi.SIPInboundTrunkInfo, "created_at", dt.datetime(2026, 8, 1, tzinfo=dt.timezone.utc)),
    (lkapi.ParticipantPermission, "can_publish_sources", [lkapi.TrackSource.CAMERA]),
    (lkapi.CreateIngressRequest, "enable_transcoding", False),
]


@pytest.mark.parametrize(("message", "name", "value"), ROUND, ids=lambda one: str(one)[:40])
def test_what_a_form_shows_of_a_value_is_read_back_as_the_value(message, name, value):
    field, _ = field_at(message, name)
    assert parse(field, text_of_value(field, value)) == value


def test_messages_are_shown_as_the_json_that_is_read():
    field, _ = field_at(lkapi.CreateRoomRequest, "agents")
    agents = [lkapi.RoomAgentDispatch(agent_name="one"), lkapi.RoomAgentDispatch(metadata="é")]
    assert parse(field, text_of_value(field, agents)) == [{"agent_name": "one"}, {"metadata": "é"}]
    assert text_of_value(field, []) == ""
    field, _ = field_at(lkapi.CreateRoomRequest, "egress")
    egress = lkapi.RoomEgress(room=lkapi.RoomCompositeEgressRequest(layout="grid"))
    assert parse(field, text_of_value(field, egress)) == {"room": {"layout": "grid"}}


@pytest.mark.parametrize(
    ("action", "name", "text", "why"),
    [
        ("room.create", "max_participants", "many", "'many' is not a whole number"),
        ("room.create", "empty_timeout", "1.5s", "'1.5s' has fractions, which the field"),
        ("room.create", "agents", "5", "this must be a JSON object, or a list of objects"),
        ("room.create", "agents", "{", "this is not JSON: "),
        ("dispatch.create", "attributes", "team", "'team' is not of the form KEY=VALUE"),
        (
            "egress.start.any",
            "advanced.key_frame_interval",
            "often",
            "'often' is not a number",
        ),
    ],
)
def test_an_input_that_cannot_be_used_has_the_reason(action, name, text, why, console):
    page = console.post(f"/do/{action}", {name: text})
    assert page.status_code == 422
    assert why in entities.unescape(page.text)
    assert text in page.text


def test_what_was_sent_is_kept_in_the_log_as_it_was(console):
    """Lengths of time, names of enums, maps."""
    join(console.world, "demo", "ann")
    console.do("room.data", room="demo", data="hi", kind="lossy", destination_identities="ann")
    newest = next(console.app.console.link.log.newest())
    page = text_of(console.get("/log/call", number=str(newest.number)).text)
    assert '"kind": "LOSSY"' in page
    console.do("participant.update", room="demo", identity="ann", attributes="team=blue")
    newest = next(console.app.console.link.log.newest())
    page = text_of(console.get("/log/call", number=str(newest.number)).text)
    assert '"attributes": { "team": "blue" }' in page
    shown = show_message(lkapi.CreateSIPParticipantRequest(ringing_timeout=dt.timedelta(seconds=9)))
    assert '"ringing_timeout": "0:00:09"' in shown


def test_the_preview_follows_what_is_typed(console):
    page = console.post("/do/room.create/shown", {"name": "it's", "max_participants": "5"})
    assert page.status_code == 200
    assert "name=&#34;it&#39;s&#34;" in page.text
    missing = console.post("/do/room.create/shown", {"name": ""})
    assert "Name: this is needed" in missing.text
    assert not console.world.rooms


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtmp://live.example.com/app/key", "rtmp://live.example.com/app/***"),
        (
            "rtmps://u:p@live.example.com:443/app/key/more?x=y",
            "rtmps://live.example.com:443/app/***",
        ),
        ("srt://example.com:9000?streamid=key&passphrase=p", "srt://example.com:9000/***"),
        ("wss://example.com/key", "wss://example.com/***"),
        ("mux://key", "mux://key/***"),
        ("just-a-key", "***"),
        ("rtmp://[bad/key", "***"),
        ("rtmp://x:port/key", "***"),
        ("", "***"),
    ],
)
def test_an_address_is_shown_without_its_key(url, shown):
    assert show_address(url) == shown


def test_secrets_are_found_and_hidden():
    request = lkapi.StartEgressRequest(
        outputs=[{"stream": {"urls": ["rtmp://x/y/k1"], "destinations": [{"url": "srt://z/k2"}]}}],
        storage={"s3": {"access_key": "AKID", "secret": "abc", "bucket": "takes"}},
    )
    found = {"rtmp://x/y/k1", "srt://z/k2", "AKID", "abc"}
    assert set(secrets_of(request)) == found
    text = hide_secrets("rtmp://x/y/k1 of AKID in takes is no alphabet abc", request)
    assert text == "*** of *** in takes is no alphabet abc"
    assert "k1" not in str(without_addresses(request))
    assert request.outputs[0].stream.urls == ["rtmp://x/y/k1"]


def test_long_python_has_one_argument_a_line():
    short = 'names=["a, b", "c"]'
    assert fold(short, 8) == short
    text = f'name=lkapi.Thing(a="(\\", [", b=[os.environ["{"X" * 80}"], {{"k": 1}}], c=2)'
    folded = fold(text, 0)
    assert folded.splitlines()[0] == "name=lkapi.Thing("
    assert folded.splitlines()[1] == '    a="(\\", [",'
    assert re.sub(r",?\n *", "", folded) == re.sub(r", (?=[abc{]=?)", "", text)
    unknown = f"x=({'y' * 100}]]"
    assert fold(f"x={'y' * 100}", 0) == f"x={'y' * 100}"
    assert fold(unknown, 0).count("y") == 100
