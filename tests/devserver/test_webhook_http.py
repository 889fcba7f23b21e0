"""Webhooks of an embedded server over HTTP: threads, retries, and the program's options."""

from __future__ import annotations

import http.client
import json
import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import VirtualClock, Webhooks, World, WorldConfig
from lkapi.devserver.program.main import main
from lkapi.protocol.room import CreateRoomRequest
from lkapi.webhook import DeliveryRules, WebhookReceiver, WebhookVerifier
from tests.devserver.inboxes import PortInbox, listening, started
from tests.devserver.service_calls import ServiceServer
from tests.devserver.tokens import KEYS, video

SOON = DeliveryRules(first_wait=0.01)


@pytest.fixture
def port() -> Iterator[PortInbox]:
    with listening(PortInbox()) as inbox:
        yield inbox


def create(world: World, *names: str) -> None:
    for name in names:
        world.create_room(CreateRoomRequest(name=name))


def event_of(taken: tuple[str, Any, bytes], key: str = "devkey") -> str:
    """The name of a delivery that verifies."""
    _, headers, body = taken
    return WebhookReceiver((key, KEYS[key])).receive(body, headers["Authorization"]).event


def test_from_threads_to_several_urls(port: PortInbox) -> None:
    """To a path with a query, and to none; signed now."""
    world = World(keys=KEYS)
    with Webhooks(world, [f"{port.url}/hook?x=1", port.url]).start() as hooks:
        assert hooks.start() is hooks
        create(world, "demo")
        found = sorted((port.take() for _ in range(2)), key=lambda taken: taken[0])
    assert [path for path, _, _ in found] == ["/", "/hook?x=1"]
    assert [event_of(taken) for taken in found] == ["room_started"] * 2
    assert found[0][1]["Content-Type"] == "application/webhook+json"
    assert world.join(video(time.time(), roomJoin=True, room="demo")).connected


def test_a_slow_receiver_delays_its_room_only(port: PortInbox) -> None:
    """57: while one event of a room waits for its answer, other rooms' events come through."""
    go_on = threading.Event()

    def answer(body: dict[str, Any]) -> int:
        if body["room"]["name"] == "slow":
            assert go_on.wait(20)
        return 200

    port.answer = answer
    world = World(keys=KEYS)
    with Webhooks(world, [port.url]).start() as hooks:
        create(world, "slow")
        world.close_room("slow")
        create(world, "quick")
        rooms = [json.loads(port.take()[2])["room"]["name"] for _ in range(2)]
        assert sorted(rooms) == ["quick", "slow"]
        go_on.set()
        hooks.flush()
        assert event_of(port.take()) == "room_finished"
        assert (hooks.pending, hooks.dropped) == (0, 0)


def test_failures_are_repeated_in_order(port: PortInbox) -> None:
    """Over HTTP too: the same request again, and the room's next event after it."""
    answers = [503, 429]
    port.answer = lambda _: answers.pop() if answers else 200
    world = World(keys=KEYS)
    with Webhooks(world, [port.url], rules=SOON).start() as hooks:
        create(world, "demo")
        world.close_room("demo")
        found = [port.take() for _ in range(4)]
        hooks.flush()
    assert [event_of(taken) for taken in found] == ["room_started"] * 3 + ["room_finished"]
    assert len({(headers["Authorization"], body) for _, headers, body in found[:3]}) == 1


@pytest.mark.parametrize("status", [302, 404])
def test_redirects_and_refusals_end_a_delivery(port: PortInbox, status: int) -> None:
    """Neither followed nor repeated."""
    port.answer = lambda _: status
    world = World(keys=KEYS)
    with Webhooks(world, [port.url]) as hooks:
        create(world, "demo")
        hooks.flush()
        assert hooks.dropped == 1
    port.take()
    assert port.inbox.empty()


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """No answer is a failure like others, with the URL in the log and without the token."""
    caplog.set_level(logging.DEBUG)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/hook"
        world = World()
        hooks = Webhooks(world, [url])
        create(world, "demo")
        hooks.flush()
    assert (hooks.pending, hooks.dropped) == (0, 1)
    assert caplog.text.count(f"no response from {url}") == 5
    assert "eyJ" not in caplog.text


def test_what_is_due_happens_by_itself(port: PortInbox) -> None:
    """After ``start``, rooms end and recorders go on though nobody calls."""
    server = ServiceServer("cloud")
    clock = server.clock
    assert isinstance(clock, VirtualClock)
    request = {
        "url": "https://example.test",
        "file_outputs": [{"filepath": "a", "s3": {"bucket": "b"}}],
    }
    with Webhooks(server.world, [port.url]).start():
        server.get("Egress/StartWebEgress", request)
        create(server.world, "demo")
        names = {json.loads(port.take()[2])["event"] for _ in range(2)}
        assert names == {"egress_started", "room_started"}
        clock.advance(100_000)
        names = {json.loads(port.take()[2])["event"] for _ in range(2)}
        assert names == {"egress_updated", "room_finished"}


def test_egress_urls_get_their_own_key(port: PortInbox) -> None:
    """58: the URL and key of the request, on a socket."""
    server = ServiceServer("cloud")
    named = [{"url": f"{port.url}/extra", "signing_key": "otherkey"}]
    output = [{"filepath": "a", "s3": {"bucket": "b"}}]
    with Webhooks(server.world) as hooks:
        request = {"url": "https://example.test", "file_outputs": output, "webhooks": named}
        server.get("Egress/StartWebEgress", request)
        hooks.flush()
    path, headers, body = port.take()
    assert path == "/extra"
    assert json.loads(body)["event"] == "egress_started"
    verifier = WebhookVerifier("otherkey", KEYS["otherkey"], clock=server.clock.token_now)
    assert verifier.verify(body, headers["Authorization"]).iss == "otherkey"


def call_create_room(address: str) -> int:
    connection = http.client.HTTPConnection(address, timeout=10)
    headers = {
        "Authorization": f"Bearer {video(time.time(), roomCreate=True)}",
        "Content-Type": "application/json",
    }
    connection.request("POST", "/twirp/livekit.RoomService/CreateRoom", '{"name": "a"}', headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_program_sends_webhooks(port: PortInbox, tmp_path: Path) -> None:
    """To the URLs of the configuration and of the options, signed with the keys named there."""
    config = tmp_path / "lk.json"
    only = {"url": f"{port.url}/b", "api_key": "devkey", "exclude_events": ["room_started"]}
    places = [{"url": f"{port.url}/a", "api_key": "devkey"}, only]
    config.write_text(json.dumps({"keys": KEYS, "webhooks": places}), encoding="utf-8")
    options = ["--port", "0", "--config", str(config)]
    options += ["--webhook", f"{port.url}/c", "--webhook-api-key", "otherkey"]
    with started(["lkapi.devserver", *options]) as (program, read):
        lines = [read() for _ in range(4)]
        assert lines[1:] == [f"webhooks to {port.url}/{name}\n" for name in "abc"]
        assert call_create_room(lines[0].split()[3].removeprefix("http://")) == 200
        found = {taken[0]: taken for taken in (port.take(), port.take())}
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=20) == 0
    assert event_of(found["/a"], "devkey") == "room_started"
    assert event_of(found["/c"], "otherkey") == "room_started"
    assert port.inbox.empty()


def test_program_refuses_what_it_cannot_send(capsys: pytest.CaptureFixture[str]) -> None:
    """A key that it does not have, and a URL that is none."""
    assert main(["--webhook", "http://a.test", "--webhook-api-key", "nokey"]) == 2
    assert "no API key 'nokey'" in capsys.readouterr().err
    assert main(["--webhook", "a.test"]) == 2
    assert "--webhook: a webhook URL must start with http:// or https://" in capsys.readouterr().err


def test_threads_end_when_closed(port: PortInbox) -> None:
    """``close`` leaves no thread behind, and what happens later goes nowhere."""
    world = World(config=WorldConfig(webhooks=[port.url]))
    before = set(threading.enumerate())
    hooks = Webhooks(world).start()
    create(world, "demo")
    port.take()
    hooks.close()
    hooks.close()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {name for name in left if name.startswith("lkapi")}
    create(world, "later")
    assert hooks.pending == 0
