"""``lkapi webhook listen``: what is shown, passed on, answered, and kept."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import stat
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from lkapi import ParticipantInfo, Room, RoomEndReason
from lkapi.cli.webhooks import server as server_module
from lkapi.cli.webhooks.listener import Listener
from lkapi.cli.webhooks.posting import Poster, what_livekit_does
from lkapi.cli.webhooks.recordings import Recorded, open_recording, read_recording
from lkapi.cli.webhooks.server import MAX_BODY, PostServer
from lkapi.errors import TransportError
from lkapi.transports import HTTPOptions, Request, open_sync
from lkapi.web.responses import EndpointResponse
from lkapi.webhook import WebhookEvent, WebhookReceiver, sign_event, sign_webhook
from tests.call.scripted import answer, serving
from tests.cli.tools import KEY, SECRET, process, run
from tests.webhook.recorded_webhooks import recorded

NOW = 1_790_000_000.0


def made(name: str = "room_started", event_id: str = "EV_1", **fields):
    """A signed delivery of the moment at which the listener's clock stands."""
    event = WebhookEvent(event=name, id=event_id, room=Room(name="demo", sid="RM_1"), **fields)
    return sign_event(event, KEY, SECRET, clock=lambda: NOW)


def receiver(keys=None):
    from lkapi.webhook import WebhookVerifier

    verifier = WebhookVerifier(keys=keys or {KEY: SECRET}, clock=lambda: NOW)
    return WebhookReceiver(verifier)


@contextmanager
def listening(forward: str | None = None, *, keys=None, path: str = ""):
    """A listener behind its server."""
    poster = Poster(forward, timeout=5) if forward else None
    listener = Listener(receiver(keys), poster, clock=lambda: NOW)
    with PostServer(listener.handle, listener.refused, path=path) as server:
        yield listener, server
    if poster is not None:
        poster.close()


def post(url, body, headers, method="POST"):
    transport = open_sync(None, HTTPOptions(trust_env=False))()
    try:
        return transport.send(Request(method, url, headers, body, timeout=10))
    finally:
        transport.close()


def deliver(server, signed):
    return post(server.url, signed.body, signed.headers)


def test_a_verified_delivery_is_one_line_and_204():
    """Name, id, and what it is about."""
    with listening() as (listener, server):
        ann = ParticipantInfo(identity="ann", sid="PA_1")
        assert deliver(server, made("participant_joined", participant=ann)).status == 204
    line = listener.seen.get_nowait().line()
    assert re.fullmatch(r"\d\d:\d\d:\d\dZ  participant_joined    EV_1 +room demo, ann", line)


def test_why_a_room_ended_is_said():
    """An empty room is closed, a full one deleted: the line tells them apart."""
    with listening() as (listener, server):
        deliver(server, made("room_finished", room_end_reason=RoomEndReason.ROOM_END_IDLE_TIMEOUT))
    assert listener.seen.get_nowait().line().endswith("room demo, idle_timeout")


def test_what_it_has_begun_to_answer_is_answered_before_it_ends():
    """With --count, the last delivery is the last one that is sent, and not sent again."""
    began, go_on, statuses = threading.Event(), threading.Event(), []

    def handle(posted):
        began.set()
        assert go_on.wait(20)
        return EndpointResponse(204, {}, b"")

    with PostServer(handle, print) as server:
        sending = threading.Thread(
            target=lambda: statuses.append(post(server.url, b"x", {}).status)
        )
        sending.start()
        assert began.wait(20)
        threading.Timer(0.3, go_on.set).start()
    assert go_on.is_set(), "the server ended before its response"
    sending.join()
    assert statuses == [204]


def test_a_response_that_takes_too_long_does_not_keep_it_up(monkeypatch):
    """Ctrl-C ends it while a target does not respond."""
    monkeypatch.setattr(server_module, "CLOSING_SECONDS", 0.01)
    began, go_on = threading.Event(), threading.Event()

    def handle(posted):
        began.set()
        assert go_on.wait(20)
        return EndpointResponse(204, {}, b"")

    with PostServer(handle, print) as server:
        sending = threading.Thread(target=lambda: post(server.url, b"x", {}))
        sending.start()
        assert began.wait(20)
    assert not go_on.is_set()
    go_on.set()
    sending.join()


def test_it_listens_on_ipv6_too():
    """The address in the url is in brackets."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with process("webhook", "listen", "--host", "::1", "--port", "0", "--count", "1") as listener:
        url = re.search(r"http://\S+/", listener.stderr.readline())[0]
        assert url.startswith("http://[::1]:")
        signed = sign_event(WebhookEvent(event="room_started", id="EV_1"), KEY, SECRET)
        assert post(url, signed.body, signed.headers).status == 204
        out, _ = listener.communicate(timeout=30)
    assert "EV_1" in out


def test_a_repeated_event_is_marked():
    """LiveKit sends an event again when its answer got lost."""
    with listening() as (listener, server):
        for _ in range(2):
            deliver(server, made())
    lines = [listener.seen.get_nowait().line() for _ in range(2)]
    assert [line.endswith("(again)") for line in lines] == [False, True]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        (lambda s: (s.body, {}), 401, "no Authorization header"),
        (lambda s: (s.body + b" ", s.headers), 401, "is not the one that was signed"),
        (lambda s: (s.body, {"Authorization": "nonsense"}), 401, "three segments"),
        (
            lambda s: (
                b"[]",
                {"Authorization": sign_webhook(b"[]", KEY, SECRET, clock=lambda: NOW)},
            ),
            400,
            "signed, but it is not a webhook event",
        ),
    ],
)
def test_what_is_refused_says_why_and_is_not_passed_on(change, status, reason):
    """The line, the answer, and nothing at the target."""
    with serving(answer()) as target, listening(target.url) as (listener, server):
        body, headers = change(made())
        response = post(server.url, body, headers)
        assert target.requests == []
    seen = listener.seen.get_nowait()
    assert response.status == seen.answered == status
    assert reason in seen.line()
    assert reason in response.content.decode()
    assert seen.recorded is None


def test_an_expired_token_is_refused():
    """As by any receiver."""
    with listening() as (listener, server):
        event = WebhookEvent(event="room_started", id="EV_1")
        old = sign_event(event, KEY, SECRET, clock=lambda: NOW - 3600)
        assert deliver(server, old).status == 401
    assert "refused with 401: the token expired 3300 s ago" in listener.seen.get_nowait().line()


def test_body_and_headers_are_passed_on_unchanged():
    """Bytes that no JSON writer would write, and headers that no LiveKit sends."""
    body = b'{ "event":"room_started" ,\n"id":"EV_9", "later": {"unknown": 1.50}}'
    token = sign_webhook(body, KEY, SECRET, clock=lambda: NOW)
    headers = {"Authorization": token, "Content-Type": "application/webhook+json", "X-Mine": "a b"}
    reply = answer("200 OK", b"thanks", "text/plain")
    with serving(reply) as target, listening(f"{target.url}/hook?x=1") as (listener, server):
        response = post(server.url, body, headers)
        head, _, sent = target.requests[0].partition(b"\r\n\r\n")
        port = target.port
    assert sent == body
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    fields = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines[1:])}
    assert fields["authorization"] == token
    assert fields["content-type"] == "application/webhook+json"
    assert fields["x-mine"] == "a b"
    assert fields["host"] == f"127.0.0.1:{port}"
    assert (response.status, response.content) == (200, b"thanks")
    assert "-> 200 in" in listener.seen.get_nowait().line()


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        ("500 Oops", "; LiveKit sends it again"),
        ("429 Slow", "; LiveKit sends it again"),
        ("501 No", "; LiveKit drops it"),
        ("404 Where", "; LiveKit drops it"),
        ("202 Later", ""),
    ],
)
def test_livekit_gets_what_the_target_answered(status, follows):
    """And the line says what LiveKit does then."""
    with serving(answer(status)) as target, listening(target.url) as (listener, server):
        response = deliver(server, made())
    seen = listener.seen.get_nowait()
    assert response.status == seen.answered == int(status.split()[0])
    assert re.search(rf"-> {response.status} in \d+ ms{follows}$", seen.line())


def test_what_livekit_does_is_what_the_sender_does():
    """One rule in two places: the outbox repeats exactly what is said to be sent again."""
    from lkapi.webhook.outbox import _is_worth_repeating

    for status in range(200, 600):
        said = what_livekit_does(status) == "LiveKit sends it again"
        assert said == (_is_worth_repeating(status) and not 200 <= status < 300)


def test_a_target_that_does_not_answer_is_502():
    """LiveKit sends the event again."""
    with listening("http://127.0.0.1:1/") as (listener, server):
        assert deliver(server, made()).status == 502
    line = listener.seen.get_nowait().line()
    assert "-> no response: could not connect" in line
    assert line.endswith("; LiveKit sends it again")


def test_several_keys_are_accepted_while_one_is_rotated():
    """Each delivery names the key that signed it."""
    keys = {KEY: [SECRET, f"{SECRET}-next"], "other": "another-secret"}
    event = WebhookEvent(event="room_started", id="EV_1")
    with listening(keys=keys) as (listener, server):
        for key, secret in ((KEY, SECRET), (KEY, f"{SECRET}-next"), ("other", "another-secret")):
            signed = sign_event(event, key, secret, clock=lambda: NOW)
            assert deliver(server, signed).status == 204
    documents = [json.loads(listener.seen.get_nowait().document()) for _ in range(3)]
    assert [each["signedBy"] for each in documents] == [KEY, KEY, "other"]


def test_documents_have_the_event_with_everything_in_it():
    """Members that this lkapi does not know, too."""
    body = b'{"event": "sky_fell", "id": "EV_7", "sky": {"colour": "blue"}}'
    token = sign_webhook(body, KEY, SECRET, clock=lambda: NOW)
    with serving(answer("404 No")) as target, listening(target.url) as (listener, server):
        post(server.url, body, {"Authorization": token})
        post(server.url, body, {"Authorization": "x"})
    taken, refused = (json.loads(listener.seen.get_nowait().document()) for _ in range(2))
    assert taken["event"] == json.loads(body)
    assert (taken["verified"], taken["answered"], taken["again"]) == (True, 404, False)
    assert taken["forward"]["status"] == 404
    assert taken["receivedAt"] == "2026-09-21T14:13:20.000Z"
    assert (refused["verified"], refused["answered"]) == (False, 401)
    assert "event" not in refused


def test_names_cannot_steer_the_terminal():
    """Identities are chosen by participants."""
    bad = ParticipantInfo(identity="\x1b[2Jann\r\n")
    with listening() as (listener, server):
        deliver(server, made("participant_joined", participant=bad))
    assert listener.seen.get_nowait().line().endswith("room demo, ?[2Jann??")


def _raw(server, request: bytes) -> bytes:
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(request)
        return sock.recv(65536)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /hook HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404),
        (b"POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_delivery_is_refused_before_its_body_is_read(request_, status):
    """With a line that says so."""
    with listening(path="/hook") as (listener, server):
        assert _raw(server, request_).startswith(b"HTTP/1.1 %d " % status)
    assert f"refused with {status}: " in listener.seen.get_nowait().line()


def test_a_slow_client_holds_nobody_up():
    """Its body is half there while others are served, and it is refused when its time is over."""
    with listening() as (listener, server):
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), 10) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
            assert deliver(server, made()).status == 204
            slow.shutdown(socket.SHUT_WR)
            assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert listener.seen.get_nowait().answered == 204
    assert "5 of 10 bytes" in listener.seen.get_nowait().line()


def test_a_body_that_trickles_gets_no_longer_than_another(monkeypatch):
    """The limit is for the whole body, not for each part."""
    monkeypatch.setattr(server_module, "BODY_SECONDS", 0.05)
    with listening() as (_, server):
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), 10) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
            assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_connections_are_limited(monkeypatch):
    """One too many is closed at once; those that are open go on."""
    monkeypatch.setattr(server_module, "CONNECTIONS", 1)
    with listening() as (listener, server):
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), 10) as first:
            first.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port), 10) as second:
                assert second.recv(1) == b""
            first.sendall(b"x")
            assert first.recv(65536).startswith(b"HTTP/1.1 401 ")
    assert "more than 1 connections" in listener.seen.get_nowait().line()


def test_a_client_that_asks_before_it_sends_is_told_to_go_on():
    """``Expect: 100-continue``, as curl does for large bodies."""
    with listening() as (_, server):
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            head = (
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
            )
            sock.sendall(head)
            assert sock.recv(65536).startswith(b"HTTP/1.1 100 ")
            sock.sendall(b"x")
            assert sock.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_an_error_of_our_own_is_a_line_and_no_silence():
    """Whatever raises in a connection's thread."""

    def fails(_):
        raise RuntimeError("broken")

    lines: list[tuple[int, str]] = []
    told = threading.Event()

    def refused(status, reason):
        lines.append((status, reason))
        told.set()

    with PostServer(fails, refused) as server:
        with pytest.raises(TransportError):
            post(server.url, b"x", {})
        assert told.wait(10)
    assert lines == [(500, "RuntimeError: broken")]


def test_what_a_real_server_sent_is_taken_and_passed_on_byte_for_byte():
    """Every delivery that was recorded at a LiveKit server."""
    for _, delivery in recorded():
        key = (delivery["api_key"], delivery["api_secret"])
        at = delivery["received_at"]
        from lkapi.webhook import WebhookVerifier

        verifier = WebhookVerifier(*key, clock=lambda at=at: at)
        body = base64.b64decode(delivery["body_b64"])
        with serving(answer("200 OK")) as target:
            poster = Poster(target.url)
            listener = Listener(WebhookReceiver(verifier), poster, clock=lambda at=at: at)
            posted = server_module.Posted("/hook", delivery["headers"], body)
            assert isinstance(listener.handle(posted), EndpointResponse)
            poster.close()
            assert target.requests[0].endswith(b"\r\n\r\n" + body)
        seen = listener.seen.get_nowait()
        assert delivery["event"] in seen.line()
        assert seen.recorded is not None
        line = seen.recorded.to_line()
        assert delivery["authorization"] not in line
        assert Recorded.from_line(line) == seen.recorded
        assert seen.recorded.body == body


def test_a_recording_survives_any_bytes(tmp_path):
    """What is no UTF-8 goes in as base64; empty lines are passed over."""
    kept = [Recorded(b"\xff\x00", "x"), Recorded("ü\u2028".encode(), "y", "t", {"iss": "k"})]
    text = "\n\n".join(each.to_line() for each in kept)
    assert list(read_recording(text, "f")) == kept


def test_the_command_shows_records_and_ends_after_count(tmp_path):
    """In a process of its own, over sockets."""
    file = tmp_path / "kept.jsonl"
    arguments = ("webhook", "listen", "--port", "0", "--count", "2", "--record", str(file))
    with process(*arguments) as listener:
        url = re.search(r"http://\S+/", listener.stderr.readline())[0]
        signed = sign_event(WebhookEvent(event="room_started", id="EV_1"), KEY, SECRET)
        statuses = [
            post(url, signed.body, headers).status
            for headers in (signed.headers, {"Authorization": "x"})
        ]
        out, err = listener.communicate(timeout=30)
    assert (listener.returncode, statuses) == (0, [204, 401])
    assert [line[11:].split()[0] for line in out.splitlines()] == ["room_started", "refused"]
    assert err.endswith("1 delivered, 1 refused.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_text()
    assert json.loads(content)["claims"]["iss"] == KEY
    assert signed.authorization not in content
    assert SECRET not in content + out + err


def test_ctrl_c_is_the_way_to_end_it():
    """Exit code 0, with a sum."""
    with process("webhook", "listen", "--port", "0") as listener:
        listener.stderr.readline()
        listener.send_signal(signal.SIGINT)
        out, err = listener.communicate(timeout=30)
    assert (listener.returncode, out) == (0, "")
    assert err.strip().endswith("0 delivered, 0 refused.")
    assert "Traceback" not in err


def test_a_busy_port_and_an_unwritable_file_are_clear_errors(tmp_path):
    """Before anything is listened to."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        code, _, err = run("webhook", "listen", "--port", port)
    assert code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in err
    assert "give another --port" in err
    code, _, err = run("webhook", "listen", "--record", str(tmp_path / "no" / "file"))
    assert code == 2
    assert "--record: " in err
    assert "No such file" in err


def test_keys_come_from_flags_and_a_file(tmp_path):
    """Named where they are wrong, and never shown."""
    code, _, err = run("webhook", "listen", environ={})
    assert code == 3
    assert "there are no credentials" in err
    code, _, err = run("webhook", "listen", "--also-key", "very-secret-text")
    assert (code, "very-secret-text" in err) == (2, False)
    for content in ("", "[1]", "a: [", "\xff"):
        file = tmp_path / "keys.yaml"
        file.write_bytes(content.encode("latin-1"))
        code, _, err = run("webhook", "listen", "--key-file", str(file))
        assert code == 3
        assert "--key-file" in err
    code, _, err = run("webhook", "listen", "--key-file", str(tmp_path / "none"))
    assert code == 3
    assert "cannot be read" in err


def test_a_recording_that_exists_is_added_to(tmp_path):
    """Its permissions are left alone."""
    file = tmp_path / "kept.jsonl"
    file.write_text("first\n")
    with open_recording(str(file)) as stream:
        stream.write(b"second\n")
    assert file.read_text() == "first\nsecond\n"


@pytest.fixture
def visited(monkeypatch):
    """As soon as the command listens, these deliveries are posted to it."""
    deliveries: list[tuple[bytes, dict[str, str]]] = []

    class VisitedServer(PostServer):
        def __enter__(self):
            entered = super().__enter__()

            def visit():
                for body, headers in deliveries:
                    post(entered.url, body, headers)

            threading.Thread(target=visit, daemon=True).start()
            return entered

    monkeypatch.setattr(server_module, "PostServer", VisitedServer)
    return deliveries


def _present(name="room_started", event_id="EV_1"):
    signed = sign_event(WebhookEvent(event=name, id=event_id), KEY, SECRET)
    return signed.body, signed.headers


LISTEN = ("webhook", "listen", "--port", "0", "--count", "2")


def test_lines_documents_and_ids(visited, tmp_path):
    """The same deliveries in each form of output; standard error has the rest."""
    visited += [_present(), (b"{}", {})]
    code, out, err = run(*LISTEN)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == ["room_started", "refused"]
    assert err.splitlines()[-1] == "1 delivered, 1 refused."
    _, out, _ = run(*LISTEN, "--json")
    assert [json.loads(line)["answered"] for line in out.splitlines()] == [204, 401]
    code, out, err = run(*LISTEN, "--quiet")
    assert (code, out, err) == (0, "EV_1\n", "")


def test_a_path_and_a_target(visited):
    """With and without a slash before it."""
    visited += [_present(), _present()]
    with serving(answer("503 Later")) as target:
        code, out, err = run(*LISTEN, "--path", "livekit", "--forward", target.url)
    assert code == 0
    assert "/livekit, passing on to http" in err
    assert out.count("-> 503 in") == 2
    assert out.count("LiveKit sends it again") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_full_disk_ends_the_recording_with_an_error(visited):
    """Nothing is lost without a word."""
    visited.append(_present())
    code, out, err = run(*LISTEN, "--record", "/dev/full")
    assert code == 1
    assert "room_started" in out
    assert "the recording cannot be written: No space left on device" in err
    assert "Traceback" not in err


def test_it_can_listen_beside_the_console_of_a_development_server():
    """Both are started without naming a port."""
    from lkapi.cli.commands.webhook.listen import command
    from lkapi.console.settings import DEFAULT_PORT

    (port,) = (parameter for parameter in command.params if parameter.name == "port")
    assert port.default not in (DEFAULT_PORT, 7880)
