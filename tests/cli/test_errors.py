"""Exit codes by class of error, and the block on standard error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import lkapi
from lkapi import errors
from lkapi.cli.exit_codes import MEANINGS, ExitCode
from lkapi.cli.failures import exit_code, report

SECRET = "a-secret-of-some-length"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SettingsError("x"), ExitCode.SETTINGS),
        (errors.UnauthenticatedError("unauthenticated"), ExitCode.REFUSED),
        (errors.PlanError("permission_denied"), ExitCode.REFUSED),
        (errors.NotFoundError("not_found"), ExitCode.NOT_FOUND),
        (errors.AlreadyExistsError("already_exists"), ExitCode.CONFLICT),
        (errors.FailedPreconditionError("failed_precondition"), ExitCode.CONFLICT),
        (errors.InvalidArgumentError("invalid_argument"), ExitCode.INVALID),
        (errors.ConnectError("x"), ExitCode.NETWORK),
        (errors.RequestTimeoutError("x"), ExitCode.TIMEOUT),
        (errors.DeadlineExceededError("deadline_exceeded"), ExitCode.TIMEOUT),
        (errors.WaitTimeoutError("x"), ExitCode.TIMEOUT),
        (errors.ResourceExhaustedError("resource_exhausted"), ExitCode.QUOTA),
        (errors.InternalError("internal"), ExitCode.SERVER),
        (errors.UnavailableError("unavailable"), ExitCode.SERVER),
        (errors.SIPCallError("unavailable"), ExitCode.CALL),
        (errors.TokenExpiredError("x"), ExitCode.NOT_VERIFIED),
        (errors.WebhookHashError("x"), ExitCode.NOT_VERIFIED),
        (errors.TokenError("x"), ExitCode.USAGE),
        (ValueError("x"), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_each_class_of_error_has_its_code(error, code):
    assert exit_code(error) is code


def test_every_error_of_lkapi_but_the_base_has_a_code_of_its_own():
    plain = {errors.LiveKitError, errors.TokenRefusedError, errors.WebhookStoreError}
    for name in errors.__all__:
        cls = getattr(errors, name)
        if isinstance(cls, type) and issubclass(cls, errors.LiveKitError) and cls not in plain:
            assert exit_code(cls.__new__(cls)) is not ExitCode.FAILED, name


def test_the_codes_are_in_the_help_and_in_the_docs(lk, pytestconfig):
    out = lk("--help").out
    page = (pytestconfig.rootpath / "docs/cli.md").read_text()
    for code, meaning in MEANINGS.items():
        assert f"{int(code):>3}  {meaning}" in out
        assert f"| {int(code)} | {meaning} |" in page


def test_a_server_error_is_one_block(server, lk):
    ran = lk("participant", "get", "demo", "nobody")
    assert ran.code == 5
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert lines[0].startswith("Error: not_found: ")
    assert lines[1].split() == ["call", "RoomService/GetParticipant"]
    assert "answer      HTTP 404" in ran.err
    assert "request id" in ran.err
    assert "attempts    1. http://127.0.0.1" in ran.err


def test_wrong_credentials(server, lk):
    ran = lk("room", "list", "--api-key", "devkey", "--api-secret", SECRET)
    assert ran.code == 4
    assert "what to do" in ran.err
    assert SECRET not in ran.err


def test_no_server_there(lk):
    ran = lk(
        "room", "list", "--url", "http://127.0.0.1:1", "--api-key", "k", "--api-secret", SECRET
    )
    assert ran.code == 8
    assert ran.err.count("127.0.0.1:1: could not connect") == 3
    assert "WARNING" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (("room", "list"), "there is no server url"),
        (("room", "list", "--url", "ws://localhost"), "there are no credentials"),
        (("token", "create"), "there are no credentials"),
        (("token", "create", "--token", "a.b.c"), "a token cannot sign"),
        (("token", "create", "--api-secret", "s"), "an API secret without its key"),
    ],
)
def test_missing_settings_are_named(arguments, missing, lk):
    ran = lk(*arguments)
    assert ran.code == 3
    assert missing in ran.err


def test_debug_shows_the_trace_without_secrets(server, lk):
    token = lkapi.AccessToken("devkey", SECRET, identity="x").to_jwt()
    for credential in (("--token", token), ("--api-key", "devkey", "--api-secret", SECRET)):
        ran = lk("room", "list", "--debug", *credential)
        assert "Traceback" in ran.err
        assert SECRET not in ran.err
        assert token not in ran.err
        assert token.rpartition(".")[2] not in ran.err
    assert "Traceback" not in lk("room", "list", "--api-key", "x", "--api-secret", SECRET).err


def test_texts_lose_secrets_and_tokens():
    text = report(ValueError(f"{SECRET} and eyJhbGci.eyJzdWIi.c2ln"), secrets=[SECRET])
    assert "*** and [token]" in text
    assert "this error is unknown to lkapi" in text


def test_texts_of_a_server_cannot_move_the_cursor():
    assert report(errors.NotFoundError("not_found", "a\x1b[2Jb")).startswith(
        "Error: not_found: a\\x1b[2Jb\n"
    )


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rooom", "list"), "did you mean 'room'?"),
        (("room", "lst"), "did you mean 'list'?"),
        (("room", "list", "--jsno"), "did you mean '--json'?"),
        (("room", "create", "x", "--metdata", "y"), "did you mean '--metadata'?"),
        (("call", "RoomService/CreateRom"), "did you mean 'RoomService/CreateRoom'?"),
        (("call", "CreateRooom"), "did you mean 'RoomService/CreateRoom'?"),
        (("call", "RoomService/CreateRoom", '{"nmae": "x"}'), "did you mean 'name'?"),
    ],
)
def test_what_is_misspelt_gets_a_suggestion(arguments, hint, lk):
    ran = lk(*arguments)
    assert ran.code == 2
    assert hint in ran.err
    assert "--help`" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("call", "name a method, RoomService/ListRooms for example; --list has all"),
        ("analytics sessions --start soon", "'soon' is not a date: write YYYY-MM-DD"),
        ("egress wait EG_1 --until soon", "--until: 'soon' is not one of starting, active"),
        ("egress start room demo --file x.mp4 --storage {}", "--storage: name one of s3, gcp"),
        (
            """egress start room demo --storage {"s3":{"bucket":"b"}}""",
            "--storage goes with --file, --segments or --images",
        ),
        (
            "participant update demo ann --hidden --permission {}",
            "--permission replaces all permissions: give it alone",
        ),
        ("sip rule create --direct a --callee b", "exclude each other"),
        ("sip rule create --pin 1", "--pin goes with --direct"),
    ],
)
def test_what_contradicts_itself_is_refused(words, message, server, lk):
    ran = lk(*words.split())
    assert ran.code == 2
    assert message in ran.err
    assert "--help`" in ran.err


def test_an_unknown_dispatch_rule_has_the_code_of_what_is_not_there(server, lk):
    ran = lk("sip", "rule", "get", "SDR_nowhere")
    assert ran.code == 5
    assert "there is no dispatch rule 'SDR_nowhere'" in ran.err


@pytest.mark.parametrize("words", ["", "room", "sip inbound"])
def test_a_group_alone_shows_its_help_and_ends_with_2(words, lk):
    ran = lk(*words.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: lkapi")
    assert "Commands:" in ran.err


def test_debug_tells_of_each_attempt(lk):
    given = ("--url", "http://127.0.0.1:1", "--api-key", "k", "--api-secret", SECRET)
    ran = lk("room", "list", "--debug", *given)
    assert "warning: RoomService/ListRooms: attempt 1 at http://127.0.0.1:1 failed" in ran.err
    assert SECRET not in ran.err


def test_an_interrupt_ends_with_130_and_no_trace(lk, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lkapi.cli.session.Session.show_list", interrupted)
    monkeypatch.setattr("lkapi.cli.rows.ListCommand._read", lambda *_: [])
    ran = lk("room", "list")
    assert ran.code == 130
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", ["call --list", "token decode --json -"])
def test_a_reader_that_goes_away_is_no_error(words):
    """Whether the output is written while the command runs, or is so little that it comes last."""
    token = lkapi.AccessToken("key", SECRET).to_jwt().encode()
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lkapi", *words.split()]
    with os.fdopen(writing, "wb") as gone:
        ran = subprocess.run(command, input=token, stdout=gone, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
