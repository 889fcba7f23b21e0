"""``lkapi webhook send``, ``replay`` and ``verify``."""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import contextmanager

import pytest

from lkapi.cli.webhooks.recordings import Recorded
from lkapi.cli.webhooks.samples import merge_event, sample_event
from lkapi.cli.webhooks.server import PostServer
from lkapi.devserver.runtime.ids import Ids
from lkapi.errors import DecodeError, WebhookError
from lkapi.web.responses import EndpointResponse
from lkapi.webhook import EVENT_NAMES, WebhookEvent, WebhookReceiver, sign_event, sign_webhook
from tests.cli.tools import KEY, SECRET, run
from tests.webhook.recorded_webhooks import body_of, recorded

NOW = 1_790_000_000.0


@contextmanager
def receiving(*statuses: int):
    """A receiver that verifies; or one that gives these statuses in turn."""
    seen = []

    def handle(posted):
        seen.append(posted)
        if statuses:
            return EndpointResponse(statuses[min(len(seen), len(statuses)) - 1], {}, b"")
        try:
            WebhookReceiver((KEY, SECRET)).receive(posted.body, posted.header("authorization"))
        except WebhookError:
            return EndpointResponse(401, {}, b"")
        return EndpointResponse(204, {}, b"")

    with PostServer(handle, seen.append) as server:
        yield server.url, seen


# send


@pytest.mark.parametrize("name", sorted(EVENT_NAMES))
def test_every_event_is_a_genuine_delivery_about_what_was_named(name):
    """Signed, of the present, of that room and participant."""
    with receiving() as (url, seen):
        arguments = ("--to", url, "--room", "lobby", "--identity", "zoe")
        code, out, err = run("webhook", "send", name, *arguments)
    assert (code, err) == (0, "")
    assert re.fullmatch(rf"{name} +EV_\w+  .*  -> 204 in \d+ ms\n", out)
    event = WebhookEvent.from_json(seen[0].body, strict=True)
    assert event.event == name
    assert abs(event.created_at - time.time()) < 60
    assert event.room.name == "lobby"
    if event.participant is not None:
        assert event.participant.identity == "zoe"
    assert seen[0].header("content-type") == "application/webhook+json"
    assert seen[0].header("user-agent") == "LiveKit"


def test_samples_have_what_a_server_sends():
    """The members of each event that was recorded at a real server are in the sample's body."""
    may_lack = {"egressInfo.roomComposite.layout", "track.version", "room.sid"}
    for name in EVENT_NAMES:
        made = sample_event(name, clock=lambda: NOW, ids=Ids(1))
        assert made.created_at == NOW
        theirs = [set(json.loads(body_of(d))) for _, d in recorded() if d["event"] == name]
        ours = set(json.loads(made.to_json()))
        if theirs:
            assert set.intersection(*theirs) <= ours | may_lack, name
    assert sample_event("room_started", clock=lambda: NOW, ids=Ids(1)).to_json() == (
        sample_event("room_started", clock=lambda: NOW, ids=Ids(1)).to_json()
    )


def test_ends_are_ends():
    """An egress that ended has results and is complete, a room that finished is the same room."""
    egress = sample_event("egress_ended").egress_info
    assert (egress.status.name, len(egress.file_results)) == ("EGRESS_COMPLETE", 1)
    assert sample_event("ingress_ended").ingress_info.state.status.name == "ENDPOINT_COMPLETE"
    assert sample_event("agent_job_ended").job.state.ended_at > 0
    assert sample_event("participant_left").participant.state.name == "DISCONNECTED"


def test_members_are_set_by_json_in_either_spelling(tmp_path):
    """On the command line, from a file, from standard input; nested ones are merged."""
    data = (
        '{"egress_info": {"status": "EGRESS_FAILED", "error": "disk full"}, "room": {"sid": "R"}}'
    )
    file = tmp_path / "data.json"
    file.write_text(data)
    for given in (data, f"@{file}", "-"):
        with receiving() as (url, seen):
            arguments = ("--to", url, "--data", given, "--id", "EV_mine")
            code, out, _ = run("webhook", "send", "egress_ended", *arguments, stdin=data.encode())
        assert code == 0
        event = WebhookEvent.from_json(seen[0].body)
        assert (event.id, event.room.sid, event.room.name) == ("EV_mine", "R", "demo")
        assert event.egress_info.error == "disk full"
        assert event.egress_info.egress_id.startswith("EG_")
        assert "egress_ended" in out
        assert "failed: disk full" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["room_stated"], "did you mean 'room_started'?"),
        (["xyzzy"], "there are: agent_job_ended, "),
        (["room_started", "--data", "{"], "--data: the text is not JSON: "),
        (["room_started", "--data", "[]"], "--data takes a JSON object"),
        (
            ["room_started", "--data", "@/no/such/file"],
            "--data: '/no/such/file' is neither JSON nor a readable file",
        ),
        (["room_started", "--data", '{"romo": {}}'], "romo"),
        (["room_started", "--to", "ftp://x"], "not an http or https url"),
        (["room_started", "--to", "http://user:hidden@x"], "user name or password"),
        (["room_started", "--to", "http://[::1"], "not a url"),
    ],
)
def test_what_cannot_be_sent_says_why(arguments, said):
    """Before anything is sent."""
    to = [] if "--to" in arguments else ["--to", "http://127.0.0.1:1"]
    code, out, err = run("webhook", "send", *arguments, *to)
    assert code in (2, 8)
    assert said in err
    assert "hidden" not in err
    assert "Traceback" not in err
    assert out == ""


def test_unknown_members_are_refused():
    """A misspelt one would be lost silently."""
    with pytest.raises(DecodeError, match="nam"):
        merge_event(sample_event("room_started"), {"room": {"nam": "x"}})


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, 4, "does the receiver verify with the key and secret that signed this?"),
        (404, 5, "is the path of the url right?"),
        (400, 7, "LiveKit drops it after that"),
        (500, 11, "LiveKit sends it again after that"),
        (301, 7, "the receiver responded with 301"),
    ],
)
def test_a_refusal_ends_the_command_with_a_code_of_its_class(status, code, said):
    """And the line of the delivery is there as well."""
    with receiving(status) as (url, _):
        found, out, err = run("webhook", "send", "room_started", "--to", url)
    assert found == code
    assert f"-> {status} in" in out
    assert said in err


def test_no_answer_is_a_network_error():
    """As of any call."""
    code, out, err = run("webhook", "send", "room_started", "--to", "127.0.0.1:1")
    assert code == 8
    assert "no response" in out
    assert "could not connect" in err


def test_a_receiver_that_does_not_answer_in_time_has_a_code_of_its_own():
    """The command waits no longer than it was told."""
    answered = threading.Event()

    def never(_):
        answered.wait(20)
        return EndpointResponse(204, {}, b"")

    with PostServer(never, print) as server:
        given = ("webhook", "send", "room_started", "--to", server.url, "--timeout", "100ms")
        code, out, err = run(*given)
        answered.set()
    assert code == 9
    assert "no response" in out
    assert "Error: " in err


def test_the_same_delivery_can_be_sent_several_times():
    """As LiveKit does when answers get lost: same id, same body, same token."""
    with receiving() as (url, seen):
        code, out, _ = run("webhook", "send", "room_started", "--to", url, "--times", "3", "-q")
    assert code == 0
    assert len(set(out.split())) == 1
    assert len(out.split()) == len(seen) == 3
    assert len({(each.body, each.header("authorization")) for each in seen}) == 1


@pytest.mark.parametrize("fault", ["expired", "secret", "body", "unsigned"])
def test_a_fault_has_to_be_refused(fault):
    """By a receiver that verifies; one that accepts it fails the command."""
    with receiving() as (url, seen):
        code, out, _ = run("webhook", "send", "room_started", "--to", url, "--fault", fault)
    assert (code, len(seen)) == (0, 1)
    assert "-> 401 in" in out
    WebhookEvent.from_json(seen[0].body)
    with receiving(204) as (url, _):
        code, _, err = run("webhook", "send", "room_started", "--to", url, "--fault", fault)
    assert code == 13
    assert "the receiver accepted a delivery" in err


def test_send_as_json():
    """The event and the answer, in one line each."""
    with receiving() as (url, _):
        _, out, _ = run("webhook", "send", "room_started", "--to", url, "--times", "2", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert [each["answer"]["status"] for each in found] == [204, 204]
    assert found[0]["event"]["event"] == "room_started"


# replay


@pytest.fixture
def file(tmp_path):
    """A recording of two events, a minute old."""
    path = tmp_path / "deliveries.jsonl"
    then = time.time() - 3600
    lines = []
    for name, event_id in (("room_started", "EV_1"), ("room_finished", "EV_2")):
        body = f'{{"event":"{name}", "id":"{event_id}","createdAt":"1","later":[1]}}'.encode()
        claims = {"iss": KEY, "exp": int(then + 300), "nbf": int(then), "sha256": _hash(body)}
        headers = {"Content-Type": "application/webhook+json", "Cookie": "x"}
        lines.append(Recorded.of(body, name, claims, headers, then).to_line())
    path.write_text("\n".join(lines) + "\n")
    return path


def _hash(body):
    from lkapi.webhook.receiver import hash_body

    return hash_body(body)


def test_without_a_target_the_recording_is_listed(file):
    """Nothing is sent, and no key is needed."""
    code, out, _ = run("webhook", "replay", str(file), environ={})
    assert code == 0
    assert [line.split()[1:3] for line in out.splitlines()] == [
        ["room_started", "EV_1"],
        ["room_finished", "EV_2"],
    ]
    _, out, _ = run("webhook", "replay", str(file), "--json", "--event", "room_finished")
    assert json.loads(out)["event"] == {
        "event": "room_finished", "id": "EV_2", "createdAt": "1", "later": [1],
    }  # fmt: skip


def test_bodies_are_sent_as_recorded_and_signed_anew(file):
    """In order; a receiver accepts them though their tokens have ended."""
    with receiving() as (url, seen):
        code, out, _ = run("webhook", "replay", str(file), "--to", url)
    assert code == 0
    assert out.count("-> 204 in") == 2
    kept = [json.loads(line)["body"].encode() for line in file.read_text().splitlines()]
    assert [each.body for each in seen] == kept
    assert seen[0].header("content-type") == "application/webhook+json"
    assert seen[0].header("cookie") is None


def test_replay_as_json_has_the_answers(file):
    """With the event as it was recorded, one line each."""
    with receiving() as (url, _):
        code, out, _ = run("webhook", "replay", str(file), "--to", url, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [each["event"]["id"] for each in found] == ["EV_1", "EV_2"]
    assert [each["answer"]["status"] for each in found] == [204, 204]


def test_new_ids_get_past_a_receiver_that_handles_each_once(file):
    """Nothing else in the body changes."""
    with receiving() as (url, seen):
        code, _, _ = run("webhook", "replay", str(file), "--to", url, "--new-ids")
    assert code == 0
    for posted, old in zip(seen, ("EV_1", "EV_2"), strict=True):
        found = json.loads(posted.body)
        assert found["id"].startswith("EV_")
        assert found["id"] != old
        assert time.time() - int(found["createdAt"]) < 60
        assert found["later"] == [1]


def test_as_recorded_makes_the_very_tokens_that_a_real_server_sent(tmp_path):
    """From their claims and the secret: nothing of a token has to be kept."""
    lines, tokens = [], []
    for _, delivery in recorded():
        tokens.append(delivery["authorization"])
        at = delivery["received_at"]
        found = Recorded.of(body_of(delivery), delivery["event"], delivery["claims"], {}, at)
        lines.append(found.to_line())
    path = tmp_path / "real.jsonl"
    path.write_text("\n".join(lines))
    environ = {"LIVEKIT_API_KEY": delivery["api_key"], "LIVEKIT_API_SECRET": delivery["api_secret"]}
    with receiving(204) as (url, seen):
        code, _, _ = run(
            "webhook", "replay", str(path), "--to", url, "--as-recorded", environ=environ
        )
    assert code == 0
    assert [each.header("authorization") for each in seen] == tokens


def test_as_recorded_is_refused_when_it_is_old(file):
    """A test of a receiver that looks at times."""
    with receiving() as (url, _):
        code, out, err = run("webhook", "replay", str(file), "--to", url, "--as-recorded")
    assert code == 4
    assert out.count("-> 401 in") == 2
    assert "the receiver responded with 401" in err


def test_as_recorded_needs_the_secret_of_the_key(file):
    """Named, with the way to give it."""
    environ = {"LIVEKIT_API_KEY": "other", "LIVEKIT_API_SECRET": "other-secret"}
    arguments = ("webhook", "replay", str(file), "--to", "127.0.0.1:1", "--as-recorded")
    code, _, err = run(*arguments, environ=environ)
    assert code == 3
    assert f"API key '{KEY}'" in err
    assert "--also-key" in err
    with receiving(204) as (url, _):
        given = ("--to", url, "--as-recorded", "--also-key", f"{KEY}={SECRET}")
        assert run("webhook", "replay", str(file), *given, environ=environ)[0] == 0


def test_of_several_deliveries_some_may_fail(file):
    """The code says so; if all fail alike, it is that failure's."""
    with receiving(204, 500) as (url, _):
        code, _, err = run("webhook", "replay", str(file), "--to", url)
    assert code == 14
    assert "1 of 2 deliveries were not accepted" in err
    with receiving(500) as (url, _):
        assert run("webhook", "replay", str(file), "--to", url)[0] == 11


@pytest.mark.parametrize(
    "line", ["{", "[]", "{}", '{"body": 1}', '{"bodyBase64": "?"}', '{"body": "", "claims": []}']
)
def test_a_line_that_is_none_of_a_recording_is_named(tmp_path, line):
    """By its number."""
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"body": "{{}}"}}\n\n{line}\n')
    code, _, err = run("webhook", "replay", str(path))
    assert code == 2
    assert "line 3 of" in err


def test_replay_reads_standard_input_and_says_when_there_is_nothing(file):
    """A pipe from somewhere else."""
    text = file.read_bytes()
    _, out, _ = run("webhook", "replay", "-", "--quiet", stdin=text)
    assert out.split() == ["EV_1", "EV_2"]
    code, out, err = run("webhook", "replay", "-", "--event", "nothing", stdin=text)
    assert (code, out) == (0, "")
    assert "No such delivery" in err
    both = ("--as-recorded", "--new-ids")
    assert run("webhook", "replay", "-", *both, stdin=text)[0] == 2


# verify

BODY = b'{"event":"room_started","id":"EV_1","room":{"name":"demo"}}'


@pytest.fixture
def body(tmp_path):
    """The body in a file."""
    path = tmp_path / "body.json"
    path.write_bytes(BODY)
    return path


def test_a_genuine_delivery(body):
    """Who signed it, until when."""
    token = sign_webhook(BODY, KEY, SECRET)
    code, out, err = run("webhook", "verify", "--body", str(body), "--authorization", token)
    assert (code, err) == (0, "")
    assert re.match(
        r"room_started +EV_1 +room demo\ngenuine: signed by devkey, .* ends in [45]m", out
    )
    for stdin, source, header in ((BODY, "-", token), (f"{token}\n".encode(), str(body), "-")):
        given = ("--body", source, "--authorization", header, "--json")
        code, out, _ = run("webhook", "verify", *given, stdin=stdin)
        assert code == 0
        found = json.loads(out)
        assert (found["verified"], found["signedBy"]) == (True, KEY)
        assert found["event"] == json.loads(BODY)
        assert token not in out


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (lambda: sign_webhook(BODY, KEY, "another"), "was not made with the secret of API key"),
        (lambda: sign_webhook(BODY, "nobody", SECRET), "nobody"),
        (lambda: sign_webhook(BODY + b" ", KEY, SECRET), "is not the one that was signed"),
        (lambda: sign_webhook(BODY, KEY, SECRET, clock=lambda: NOW), "the token expired"),
        (lambda: sign_webhook(BODY, KEY, SECRET, clock=lambda: time.time() + 999), "not valid yet"),
        (lambda: "nonsense", "three segments"),
        (lambda: "", "no Authorization header"),
    ],
)
def test_what_is_not_genuine_says_why(body, token, said):
    """Exit code 13, and no token in the output."""
    made = token()
    code, out, err = run("webhook", "verify", "--body", str(body), "--authorization", made)
    assert (code, out) == (13, "")
    assert said in err
    assert len(made) < 10 or made not in err
    assert SECRET not in err


def test_the_past_can_be_judged_as_the_past(body):
    """With the time at which it was received."""
    token = sign_webhook(BODY, KEY, SECRET, clock=lambda: NOW)
    given = ("webhook", "verify", "--body", str(body), "--authorization", token, "--at")
    code, out, _ = run(*given, "2026-09-21T14:13:30Z")
    assert code == 0
    assert "ends in 4m" in out
    assert "the token expired 20s ago" in run(*given, "2026-09-21T14:18:40Z")[1]
    assert run(*given, "2026-09-22T00:00:00Z")[0] == 13
    code, _, err = run(*given, "yesterday")
    assert code == 2
    assert "--at: " in err


def test_a_line_break_at_the_end_is_what_it_fails_by(body):
    """The usual trap of files that an editor wrote."""
    body.write_bytes(BODY + b"\r\n")
    token = sign_webhook(BODY, KEY, SECRET)
    code, _, err = run("webhook", "verify", "--body", str(body), "--authorization", token)
    assert code == 13
    assert "without the line break at its end" in err


def test_rotated_keys_are_accepted(tmp_path, body):
    """From flags, and from a file as livekit-server reads it."""
    token = sign_webhook(BODY, "old", "old-secret")
    given = ("webhook", "verify", "--body", str(body), "--authorization", token)
    assert run(*given)[0] == 13
    code, out, _ = run(*given, "--also-key", "old=old-secret")
    assert code == 0
    assert "signed by old" in out
    file = tmp_path / "keys.yaml"
    file.write_text("old: old-secret\nolder: x\n")
    assert run(*given, "--key-file", str(file), environ={})[0] == 0
    two = sign_webhook(BODY, KEY, "next-secret")
    given = ("webhook", "verify", "--body", str(body), "--authorization", two)
    assert run(*given, "--also-key", f"{KEY}=next-secret")[0] == 0


def test_verify_refuses_what_it_cannot_read(body):
    """Two inputs from one pipe, or no file."""
    given = ("webhook", "verify", "--body", "-", "--authorization", "-")
    assert run(*given)[0] == 2
    code, _, err = run("webhook", "verify", "--body", "/no/file", "--authorization", "x")
    assert code == 2
    assert "--body: '/no/file' cannot be read" in err


def test_an_event_signed_by_lkapi_verifies_here(tmp_path):
    """The two halves agree."""
    signed = sign_event(sample_event("track_published"), KEY, SECRET)
    path = tmp_path / "body"
    path.write_bytes(signed.body)
    given = ("--body", str(path), "--authorization", signed.authorization, "--quiet")
    code, out, _ = run("webhook", "verify", *given)
    assert (code, out[:3]) == (0, "EV_")
