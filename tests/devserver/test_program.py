"""``lkapi dev``: what it prints, what it keeps, and what it says when it cannot start."""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lkapi
from lkapi.devserver import DevServer, Fault, InProcessTransport, read_snapshot
from lkapi.devserver.program import certificates
from lkapi.devserver.program.autosave import Autosave
from lkapi.devserver.program.entries import Entry, as_json, as_text, clean, place_of
from lkapi.devserver.program.event_lines import describe_event
from lkapi.devserver.program.journal import Journal, wants_colour
from lkapi.devserver.program.main import main
from lkapi.devserver.program.narrator import Narrator
from lkapi.devserver.snapshots.values import SnapshotError
from lkapi.transports.base import Request
from tests.devserver.calls import Server
from tests.devserver.inboxes import PortInbox, listening
from tests.devserver.program import running
from tests.devserver.tokens import mint

SEED = {
    "rooms": [{"name": "demo", "participants": [{"identity": "ann", "tracks": [{"name": "mic"}]}]}]
}


@pytest.fixture
def port() -> Iterator[PortInbox]:
    with listening(PortInbox()) as inbox:
        yield inbox


def write(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


# the start


def test_the_lines_of_the_start_can_be_pasted(tmp_path: Path) -> None:
    """A shell that reads them finds the server, whatever is in the secret."""
    secret = 'it\'s $HOME `x` "y"'
    env_file = tmp_path / "lk.env"
    env_file.write_text("OTHER=1\nexport LIVEKIT_URL=http://old\n", encoding="utf-8")
    options = ["--api-key", "k", "--api-secret", secret, "--env-file", str(env_file)]
    with running(*options) as program:
        lines = program.read_start()
        assert re.fullmatch(
            r"lkapi dev at http://127\.0\.0\.1:\d+ \(profile cloud, API keys: k\)", lines[0]
        )
        exports = "\n".join(line for line in lines if line.startswith("export "))
        shown = subprocess.run(
            ["sh", "-c", f'{exports}\nprintf %s "$LIVEKIT_API_SECRET"'],
            capture_output=True,
            text=True,
            check=True,
        )
        assert shown.stdout == secret
        with program.client() as api:
            api.room.create_room(name="demo")
        written = env_file.read_text(encoding="utf-8")
        sourced = subprocess.run(
            ["sh", "-c", f'. {env_file}; printf \'%s %s\' "$OTHER" "$LIVEKIT_API_SECRET"'],
            capture_output=True,
            text=True,
            check=True,
        )
        assert sourced.stdout == f"1 {secret}"
        assert "http://old" not in written
        assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
        assert program.stop(signal.SIGINT)[0] == 0


def test_a_server_on_every_address_is_named_by_one_that_clients_reach() -> None:
    with running("--bind", "0.0.0.0") as program:
        program.read_start()
        assert program.environment["LIVEKIT_URL"].startswith("http://127.0.0.1:")
        with program.client() as api:
            assert list(api.room.list_rooms().rooms) == []


def test_the_test_server_has_the_ports_of_the_official_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both names of the option; the ports are only looked at, for another may have them."""
    seen: list[Any] = []

    def serve(options: Any, stop: threading.Event, companion: Any = None) -> int:
        seen.append((options.test_server, options.port))
        return 0

    monkeypatch.setattr("lkapi.devserver.program.run.serve", serve)
    assert main(["--test-server"]) == main(["--mock"]) == main([]) == 0
    ports = (9999, 10000, 10001, 10002)
    assert seen == [(True, ports), (True, ports), (False, (7880,))]


def test_the_test_server_answers_as_the_official_one_does() -> None:
    with running("--test-server") as program:
        start = program.read_start()
        assert "(test server, API keys: devkey)" in start[0]
        with program.client() as api:
            assert api.room.create_room(name="demo").sid == "MOCK_SID"
        (line,) = program.lines_until(lambda line: "CreateRoom" in line)[-1:]
        assert re.search(r" devkey +RoomService/CreateRoom demo +ok ", line)


# the lines


def test_every_happening_is_one_line(tmp_path: Path, port: PortInbox) -> None:
    """Calls, events, webhooks and refusals, in their order; no secret and no token in any."""
    seed = write(tmp_path / "seed.json", SEED)
    hook = f"{port.url}/hook".replace("://", "://user:pass-word@") + "?key=query-secret"
    with running("--seed", seed, "--webhook", hook, "--api-secret", "the-api-secret") as program:
        start = program.read_start()
        assert start[1] == f"webhooks to {port.url}/hook"
        with program.client() as api:
            api.room.remove_participant(room="demo", identity="ann")
            with pytest.raises(lkapi.NotFoundError):
                api.room.get_participant(room="demo", identity="bob\n\x1b[31m")
        bad = lkapi.SyncLiveKitAPI(program.environment["LIVEKIT_URL"], "devkey", "wrong")
        with bad, pytest.raises(lkapi.UnauthenticatedError):
            bad.room.list_rooms()
        lines = program.lines_until(lambda line: "ListRooms" in line)
        if not any("participant_left to" in line for line in lines):
            lines += program.lines_until(lambda line: "participant_left to" in line)
        code, out, err = program.stop()
    text = "\n".join(lines) + out + err
    assert (code, err) == (0, "")
    for secret in ("the-api-secret", "pass-word", "query-secret", "eyJ"):
        assert secret not in text
    time_, duration = r"\d\d:\d\d:\d\d\.\d{3}  ", r"  [\d.]+ ms"
    bob, missing = re.escape(r"bob\n\x1b[31m"), "not_found: .*participant does not exist"
    invalid = r"invalid token: \[token\], .*"
    for pattern in (
        rf"{time_}lkapi +{re.escape(seed)}: rooms 1",
        rf"{time_}ann +unpublished microphone mic in demo",
        rf"{time_}ann +left demo +participant removed",
        rf"{time_}devkey +RoomService/RemoveParticipant demo ann +ok{duration}",
        rf"{time_}devkey +RoomService/GetParticipant demo {bob} +refused 404 {missing}{duration}",
        rf"{time_}bad token +RoomService/ListRooms +refused 401 {invalid}{duration}",
        rf"{time_}webhook +participant_left to 127\.0\.0\.1:\d+/hook +200{duration}",
    ):
        assert re.search(rf"^{pattern}$", text, re.MULTILINE), pattern
    assert "\x1b" not in text


def test_json_lines_have_stdout_to_themselves(tmp_path: Path) -> None:
    """One object a line from the first on; the variables are on stderr."""
    with running("--log", "json", "--seed", write(tmp_path / "seed.json", SEED)) as program:
        first = json.loads(program.lines_until(lambda _: True)[0])
        assert (first["kind"], first["profile"], first["api_keys"]) == (
            "started",
            "cloud",
            ["devkey"],
        )
        with lkapi.SyncLiveKitAPI(first["urls"][0], "devkey", "secret") as api:
            api.room.remove_participant(room="demo", identity="ann")
        lines = program.lines_until(lambda line: "RemoveParticipant" in line)
        _, out, err = program.stop()
    entries = [json.loads(line) for line in [*lines, *out.splitlines()]]
    assert "export LIVEKIT_API_SECRET=secret" in err
    (left,) = (each for each in entries if each.get("event") == "participant_left")
    assert (left["kind"], left["identity"], left["room"]) == ("event", "ann", "demo")
    (call,) = (each for each in entries if each["kind"] == "call")
    assert call["about"] == {"room": "demo", "identity": "ann"}
    assert (call["status"], call["outcome"], call["who"]) == (200, "ok", "devkey")
    assert call["ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", call["time"])


def test_quiet_says_where_the_server_is_and_nothing_more() -> None:
    with running("--quiet") as program:
        program.read_start()
        with program.client() as api:
            api.room.create_room(name="demo")
        assert program.stop() == (0, "\n", "")


def test_a_reader_that_goes_away_stops_nothing() -> None:
    """``lkapi dev | head``: the server goes on, and its end is clean."""
    with running() as program:
        program.read_start()
        assert program.process.stdout is not None
        program.process.stdout.close()
        with program.client() as api:
            for number in range(20):
                api.room.create_room(name=f"room-{number}")
            assert len(api.room.list_rooms().rooms) == 20
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(timeout=20) == 0
        assert program.process.stderr is not None
        assert program.process.stderr.read() == ""


# state over restarts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_state_is_kept_over_restarts(tmp_path: Path, number: int) -> None:
    """Written at the end; the seed is for the first start only."""
    path = tmp_path / "world.json"
    options = ["--snapshot", str(path), "--seed", write(tmp_path / "seed.json", SEED)]
    with running(*options) as program:
        program.read_start()
        assert read_snapshot(path) is not None
        with program.client() as api:
            sid = api.room.create_room(name="other", empty_timeout=3600).sid
        assert program.stop(number)[0] == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with running(*options) as program:
        program.read_start()
        with program.client() as api:
            rooms = {room.name: room.sid for room in api.room.list_rooms().rooms}
            assert rooms["other"] == sid
            (ann,) = api.room.list_participants(room="demo").participants
            assert [track.name for track in ann.tracks] == ["mic"]
        told = program.lines_until(lambda line: "state of" in line)[-1]
        assert told.endswith("seed.json is not used again")


def test_state_survives_being_killed(tmp_path: Path) -> None:
    """A change is in the file a moment later, without any farewell."""
    path = tmp_path / "world.json"
    with running("--snapshot", str(path)) as program:
        program.read_start()
        with program.client() as api:
            api.room.create_room(name="kept")
        deadline = time.monotonic() + 20
        while "kept" not in str(rooms_of(path)) and time.monotonic() < deadline:
            time.sleep(0.02)
        program.process.kill()
    assert "kept" in rooms_of(path)


def rooms_of(path: Path) -> list[str]:
    snapshot = read_snapshot(path)
    assert snapshot is not None
    world = lkapi.devserver.World()
    world.restore(snapshot)
    return sorted(world.rooms)


def test_webhooks_that_were_not_delivered_are_sent_by_the_next_run(
    tmp_path: Path, port: PortInbox
) -> None:
    path = tmp_path / "world.json"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        hook = f"http://127.0.0.1:{nobody.getsockname()[1]}/hook"
        with running("--snapshot", str(path), "--webhook", hook) as program:
            program.read_start()
            with program.client() as api:
                api.room.create_room(name="demo")
            program.lines_until(lambda line: "room_started" in line and "no response" in line)
            assert program.stop()[0] == 0
    snapshot = json.loads(path.read_text())
    (waiting,) = snapshot["webhooks"]
    assert waiting["attempts"] >= 1
    waiting["url"] = f"{port.url}/late"
    path.write_text(json.dumps(snapshot))
    with running("--snapshot", str(path)) as program:
        program.read_start()
        program.lines_until(lambda line: "room_started" in line and " 200 " in line)


# what cannot be used


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "x"], "'x' is not a port"),
        (["--port", "70000"], "'70000' is not a port: write a number from 0 to 65535"),
        (["--test-server", "--seed", "x"], "--test-server keeps no state"),
        (["--tls-cert", "x"], "--tls-cert and --tls-key belong together"),
        (["--tls", "--tls-cert", "x", "--tls-key", "y"], "give only one"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "cannot read none.pem"),
        (["--seed", "none.json"], "cannot read none.json: No such file"),
        (["--env-file", "latin.env"], "latin.env is not UTF-8 text: it is left unchanged"),
        (["--env-file", "/none/x.env"], "cannot write /none/x.env: No such file"),
        (["--snapshot", "/none/world.json"], "cannot write /none/world.json: No such file"),
        (["--webhook", "x"], "--webhook: a webhook URL must start with http:// or https://"),
        (["--webhook-api-key", "x", "--webhook", "http://a"], "no API key 'x'"),
        (["--sede", "x"], "unrecognized arguments"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_block(
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 2, no traceback, and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.env").write_bytes(b"NAME=caf\xe9\n")
    with (
        pytest.raises(SystemExit)
        if "port" in message or "unrec" in message
        else (contextlib.nullcontext()) as caught
    ):
        assert main(["--port", "0", *options]) == 2
    if caught is not None:
        assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_a_busy_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        number = busy.getsockname()[1]
        assert main(["--port", str(number)]) == 2
    err = capsys.readouterr().err
    assert f"lkapi dev: cannot listen on 127.0.0.1:{number}: Address already in use" in err
    assert "--port 0" in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is empty"),
        ('{"format":"lkapi world","ver', "cut off"),
        ('{"hello": 1}', "not a snapshot"),
        ('{"format":"lkapi world","version":9}', "written by a newer version"),
        ('{"format":"lkapi world","version":1,"saved_at":1,"world":{}}', "'node_id' is missing"),
    ],
)
def test_a_bad_snapshot_is_left_as_it_is(
    tmp_path: Path, content: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "world.json"
    path.write_text(content)
    assert main(["--port", "0", "--snapshot", str(path)]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert str(path) in err
    assert path.read_text() == content
    assert [each.name for each in tmp_path.iterdir()] == ["world.json"]


def test_a_state_that_cannot_be_written_at_the_end_is_exit_code_1(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    with running("--snapshot", str(folder / "world.json")) as program:
        program.read_start()
        (folder / "world.json").unlink()
        folder.rmdir()
        with program.client() as api:
            api.room.create_room(name="lost")
        program.lines_until(lambda line: "cannot write" in line)
        assert program.stop()[0] == 1


# TLS


def test_tls_with_a_certificate_of_its_own() -> None:
    """Clients that trust it are served; it and its key are gone at the end."""
    pytest.importorskip("cryptography")
    with running("--tls") as program:
        start = program.read_start()
        (line,) = (line for line in start if line.startswith("certificate for clients to trust: "))
        certificate = Path(line.rpartition(": ")[2])
        assert [each.name for each in certificate.parent.iterdir()] == ["cert.pem"]
        url = program.environment["LIVEKIT_URL"]
        assert url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=certificate)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with program.client(ssl_context=context) as api:
            api.room.create_room(name="demo")
        untrusting = program.client()
        with untrusting, pytest.raises(lkapi.ConnectError, match="certificate"):
            untrusting.room.list_rooms()
        assert program.stop()[0] == 0
    assert not certificate.parent.exists()


def test_tls_with_a_certificate_of_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cryptography")
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificates._make(certificate, key, "dev.test")
    with running("--tls-cert", str(certificate), "--tls-key", str(key)) as program:
        program.read_start()
        context = ssl.create_default_context(cafile=certificate)
        with program.client(ssl_context=context) as api:
            assert list(api.room.list_rooms().rooms) == []
    other = tmp_path / "other.pem"
    certificates._make(tmp_path / "x.pem", other, "dev.test")
    assert main(["--port", "0", "--tls-cert", str(certificate), "--tls-key", str(other)]) == 2
    assert "do not match" in capsys.readouterr().err


def test_without_cryptography_the_error_has_the_openssl_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert main(["--port", "0", "--tls"]) == 2
    err = capsys.readouterr().err
    assert "pip install cryptography" in err
    assert "openssl req -x509" in err


# the parts


def entry(**fields: Any) -> Entry:
    return Entry(**{"at": 0.0, "kind": "call", "what": "x", **fields})


def test_texts_of_the_outside_cannot_spoil_a_line() -> None:
    assert clean("a\n\x1b[31m\u202eb\ud800") == "a\\n\\x1b[31m\\u202eb\\ud800"
    assert clean("rtmp://u:p@host/app/stream-key failed") == "rtmp://host/… failed"
    assert clean("x" * 300) == "x" * 199 + "…"
    assert clean("Bearer abc") == "Bearer [token]"
    assert place_of("https://u:p@[::1]:8443/a/b?c=d") == "https://[::1]:8443/a/b"


class Terminal(io.StringIO):
    encoding = "ascii"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(Terminal())
    line = as_text(entry(outcome="refused", good=False, seconds=2.5), colour=True)
    assert "\x1b[31mrefused\x1b[0m" in line
    plain = as_text(entry(outcome="refused", good=False, seconds=2.5), colour=False)
    assert plain.endswith("refused  2.50 s")
    assert json.loads(as_json(entry(seconds=0.5)))["ms"] == 500


def test_a_terminal_of_few_letters_gets_escapes() -> None:
    stream = Terminal()
    journal = Journal(stream)
    journal.add(entry(what="zoë"))
    journal.close()
    assert "zo\\xeb" in stream.getvalue()


def test_lines_that_come_too_fast_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that is stuck keeps nobody waiting."""
    stuck, going = threading.Event(), threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            stuck.set()
            going.wait(20)
            return super().write(text)

    monkeypatch.setattr("lkapi.devserver.program.journal._MAX_WAITING", 3)
    stream = Slow()
    journal = Journal(stream)
    journal.add(entry(what="first"))
    assert stuck.wait(20)
    for number in range(10):
        journal.add(entry(what=f"later {number}"))
    going.set()
    journal.close()
    assert "7 lines are left out" in stream.getvalue()
    assert "later 2" in stream.getvalue()


def test_the_narrator_tells_of_faults_answers_and_warnings() -> None:
    server, told = Server("cloud"), list[Entry]()
    narrator = Narrator(told.append)
    narrator.follow(server.dev)
    server.dev.faults.add(Fault(drop="after"), times=1)
    server.exchange("CreateRoom", {"name": "demo"})
    assert told[-1].outcome == "connection closed by a fault"
    server.send("GET", "/rtc//validate")
    assert (told[-1].what, told[-1].outcome) == ("GET /rtc//validate", "307")
    server.send("GET", "/nowhere")
    assert told[-1].outcome == "refused 404 404 page not found"
    handler = narrator.log_handler()
    logger = lkapi.devserver.events.webhooks._log  # type: ignore[attr-defined]
    logger.addHandler(handler)
    try:
        logger.error("a handler failed", exc_info=ValueError("why"))
    finally:
        logger.removeHandler(handler)
    assert told[-1].what == "a handler failed: ValueError: why"


GOOD = {"iss": "devkey", "sub": "ann", "exp": 4_000_000_000}


@pytest.mark.parametrize(
    ("token", "who", "why"),
    [
        ("", "no token", ""),
        ("nonsense-of-some-length", "bad token", "invalid authorization token"),
        (mint({**GOOD, "exp": 1}), "bad token", "token has invalid claims: token is expired"),
        (mint(GOOD, "another-secret"), "bad token", "token signature is invalid"),
        (mint({**GOOD, "iss": "APIelsewhere"}), "bad token", "invalid API key: APIelsewhere"),
        (mint(GOOD), "devkey/ann", ""),
    ],
)
def test_a_line_says_what_is_wrong_with_a_token(token: str, who: str, why: str) -> None:
    """A bad token is not a missing one; no part of it is in the line."""
    server, told = Server("cloud"), list[Entry]()
    Narrator(told.append).follow(server.dev)
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    server.dev.handle(Request("POST", "/twirp/livekit.RoomService/ListRooms", headers, b"{}"))
    (line,) = told
    assert (line.who, line.facts["status"]) == (who, 401)
    assert why in line.outcome
    assert why in line.facts.get("bad_token", "")
    assert ("bad_token" in line.facts) == bool(why)
    shown = as_json(line) + as_text(line, colour=False)
    assert all(part not in shown for part in token.split(".") if part)


def test_the_narrator_tells_of_recordings_streams_and_calls() -> None:
    """Who it is about, in which room, what became of it, and whether that is good."""
    world, told = lkapi.devserver.World(), list[Entry]()
    Narrator(told.append).follow(DevServer(world))
    world.egresses.starts_after = world.egresses.ends_after = None
    transport = InProcessTransport(DevServer(world))
    with lkapi.SyncLiveKitAPI("http://x", "devkey", "secret", transport=transport) as api:
        outputs = [{"filepath": "a.mp4", "s3": {"bucket": "takes"}}]
        egress = api.egress.start_web_egress(url="https://x.example", file_outputs=outputs)
        world.egresses.activate(egress.egress_id)
        world.egresses.fail(egress.egress_id, "disk full")
        ingress = api.ingress.create_ingress(
            input_type=lkapi.IngressInput.RTMP_INPUT, room_name="demo", participant_identity="obs"
        )
        world.ingresses.start(ingress.ingress_id)
        world.ingresses.end(ingress.ingress_id, "no keyframes")
        trunk = api.sip.create_outbound_trunk(
            trunk={"name": "t", "address": "sip.example.com", "numbers": ["+14155550199"]}
        )
        world.callees.no_answer("+14155550100")
        api.sip.create_sip_participant(
            sip_trunk_id=trunk.sip_trunk_id, sip_call_to="+14155550100", room_name="desk",
            participant_identity="phone",
        )  # fmt: skip
    (call,) = world.calls.all()
    world.calls.answer(call.call_id)
    lines = [(one.who, one.what, one.outcome, one.good) for one in told]
    assert (egress.egress_id, "egress of web: active", "", True) in lines
    assert (egress.egress_id, "egress of web: failed", "disk full", False) in lines
    assert (ingress.ingress_id, "ingress into demo: publishing", "", True) in lines
    assert (ingress.ingress_id, "ingress into demo: error", "no keyframes", False) in lines
    assert any(what.startswith("joined demo (ingress") for _, what, _, _ in lines)
    assert any(
        re.fullmatch(r"joined desk \(sip dialing \+14155550100\)", what) for _, what, _, _ in lines
    )
    assert lines[-1] == ("phone", "answered in desk: +14155550100", "", True)
    unknown = lkapi.WebhookEvent(event="egress_ended", egress_info=lkapi.EgressInfo(status=99))
    assert describe_event(unknown, 0.0).what == "egress of web: 99"


def test_watching_can_end() -> None:
    server, seen = Server(), list[str]()
    end = server.dev.watch(lambda served: seen.append(served.name))
    server.dev.handle(Request("GET", "/", {}))
    end()
    end()
    server.dev.handle(Request("GET", "/", {}))
    assert seen == ["/"]


def test_autosave_writes_changes_only_and_tries_again(tmp_path: Path) -> None:
    """What did not change is not written; a failed write is said, and made good at the end."""
    path = tmp_path / "world.json"
    state: dict[str, Any] = {"format": "lkapi world", "version": 1, "saved_at": 0.0, "world": {}}
    complaints: list[str] = []
    taken = threading.Semaphore(0)

    def take() -> dict[str, Any]:
        state["saved_at"] += 1.0
        taken.release()
        return dict(state)

    saving = Autosave(str(path), take, complaints.append, pause=0.0)
    saving.start()
    assert taken.acquire(timeout=20)
    before = path.stat().st_ino
    saving.changed()
    assert taken.acquire(timeout=20)
    state["world"] = {"x": 1}
    assert saving.close()
    assert json.loads(path.read_text())["world"] == {"x": 1}
    assert path.stat().st_ino != before
    assert complaints == []


def test_autosave_cannot_start_without_its_file(tmp_path: Path) -> None:
    saving = Autosave(str(tmp_path / "no" / "x"), dict, print)
    saving._written = {"something": "else"}
    with pytest.raises(SnapshotError, match="cannot write"):
        saving.start()
