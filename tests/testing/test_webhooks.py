"""Captured webhooks, and webhooks that reach an application in this process."""

from __future__ import annotations

import asyncio
import http.server
import threading
from typing import Any

import pytest

import lkapi
from lkapi.testing import CapturedWebhooks, Delivery, LiveKitServer
from lkapi.web import WebhookEndpoint
from lkapi.webhook import WebhookEventType, WebhookReceiver

PATH = "/livekit/webhook"


def test_events_in_the_order_in_which_they_happened(livekit_server, livekit_webhooks):
    """Though LiveKit keeps order for each room only."""
    livekit_server.join("ann", "one").publish("mic")
    livekit_server.join("bob", "two")
    assert livekit_webhooks.names == [
        "room_started",
        "participant_joined",
        "track_published",
        "room_started",
        "participant_joined",
    ]
    assert [event.room.name for event in livekit_webhooks.events] == ["one"] * 3 + ["two"] * 2


def test_what_is_captured_is_what_livekit_sends(livekit_server, livekit_webhooks):
    """Body and headers are those of a delivery: an application's receiver takes them."""
    livekit_server.join("ann", "demo")
    livekit_webhooks.flush()
    first = livekit_webhooks.deliveries[0]
    assert isinstance(first, Delivery)
    assert first.status == 200
    receiver = WebhookReceiver({livekit_server.key: livekit_server.secret})
    assert receiver.receive(first.body, first.headers["Authorization"]) == first.event
    with pytest.raises(lkapi.WebhookHashError):
        receiver.receive(first.body + b" ", first.headers["Authorization"])


def test_more_events_than_livekit_would_queue(livekit_server, livekit_webhooks):
    """None is lost, however many wait and however long."""
    for number in range(150):
        livekit_server.join(f"guest-{number}", "demo")
        livekit_server.clock.advance(10)
    assert livekit_webhooks.names.count("participant_joined") == 150
    assert len(livekit_webhooks.events) == 151


def test_wait_for(livekit_server, livekit_webhooks):
    """By name, room, identity or any condition; each event is given once."""
    for identity in ("ann", "bob"):
        for room in ("one", "two"):
            livekit_server.join(identity, room)
    wait = livekit_webhooks.wait_for
    assert wait("participant_joined", identity="bob").room.name == "one"
    assert wait("participant_joined", room="two").participant.identity == "ann"
    assert wait("participant_joined").participant.identity == "ann"
    assert wait("participant_joined", where=lambda event: bool(event.id)).room.name == "two"
    assert wait(WebhookEventType.ROOM_STARTED, room="two").room.name == "two"
    with pytest.raises(AssertionError, match=r"no further .*_joined.*room_started"):
        wait("participant_joined", timeout=0)


def test_wait_for_an_egress(livekit_server, livekit_api_sync, livekit_webhooks):
    """Its room is found in what the event tells of it; the test moves the clock."""
    livekit_server.join("ann", "demo")
    output = lkapi.EncodedFileOutput(filepath="a.mp4", s3=lkapi.S3Upload(bucket="b"))
    egress = livekit_api_sync.egress.start_room_composite_egress(
        room_name="demo", file_outputs=[output]
    )
    assert livekit_webhooks.wait_for("egress_started", room="demo")
    livekit_server.clock.advance(5)
    livekit_api_sync.egress.stop_egress(egress_id=egress.egress_id)
    with pytest.raises(AssertionError, match=r"clock.advance"):
        livekit_webhooks.wait_for("egress_ended", timeout=0)
    livekit_server.clock.advance(5)
    ended = livekit_webhooks.wait_for("egress_ended", room="demo")
    assert ended.egress_info.egress_id == egress.egress_id


def test_a_name_that_no_webhook_has(livekit_webhooks):
    """Nobody waits for a misspelt one."""
    with pytest.raises(ValueError, match="no webhook 'room_finnished'; did you mean 'room_finish"):
        livekit_webhooks.wait_for("room_finnished")


def test_wait_for_another_thread(livekit_server, livekit_webhooks):
    """What happens elsewhere wakes the test."""
    begun = threading.Event()

    def work():
        begun.wait(30)
        livekit_server.join("ann", "demo")

    thread = threading.Thread(target=work)
    thread.start()
    begun.set()
    assert livekit_webhooks.wait_for("participant_joined", timeout=30).participant.identity == "ann"
    thread.join()


async def test_await_for_another_task(livekit_server, livekit_webhooks, livekit_api):
    """The loop goes on while the test waits."""

    async def work():
        await asyncio.sleep(0)
        await livekit_api.room.create_room(name="demo")

    task = asyncio.ensure_future(work())
    event = await livekit_webhooks.await_for("room_started", timeout=30)
    assert event.room.name == "demo"
    await task
    with pytest.raises(AssertionError, match="no further webhook room_started"):
        await livekit_webhooks.await_for("room_started", timeout=0)


async def test_wait_for_in_a_loop(livekit_webhooks, livekit_server):
    """It gives what is there, and refuses to stop the loop for what is not."""
    livekit_server.join("ann", "demo")
    assert livekit_webhooks.wait_for("room_started")
    with pytest.raises(RuntimeError, match=r"await webhooks.await_for"):
        livekit_webhooks.wait_for("room_finished")


def test_clear(livekit_server, livekit_webhooks):
    """What follows is what the test is about."""
    livekit_server.join("ann", "demo")
    livekit_webhooks.clear()
    assert livekit_webhooks.names == []
    livekit_server.join("bob", "demo")
    assert livekit_webhooks.names == ["participant_joined"]


# applications


class App:
    """What the examples share: it notes names, and can be broken."""

    def __init__(self, server: LiveKitServer) -> None:
        self.seen: list[str] = []
        self.broken: Exception | None = None
        receiver = WebhookReceiver({server.key: server.secret})
        self.endpoint = WebhookEndpoint(receiver, self.handle)

    def handle(self, event: Any) -> None:
        if self.broken is not None:
            raise self.broken
        self.seen.append(event.event)


@pytest.fixture
def app(livekit_server) -> App:
    return App(livekit_server)


def test_to_a_function(app, livekit_server, livekit_webhooks):
    """A test client in a lambda is one; the status is what the application said."""
    livekit_webhooks.deliver_to(
        lambda url, headers, body: app.endpoint.handle(body, headers["Authorization"])[0]
    )
    livekit_server.join("ann", "demo")
    livekit_webhooks.flush()
    assert app.seen == ["room_started", "participant_joined"]
    assert [delivery.status for delivery in livekit_webhooks.deliveries] == [204, 204]


async def test_to_a_coroutine_function(app, livekit_server, livekit_webhooks):
    """With the loop of the test."""

    async def post(url, headers, body):
        return (await app.endpoint.ahandle(body, headers["Authorization"]))[0]

    livekit_webhooks.deliver_to(post)
    livekit_server.join("ann", "demo")
    with pytest.raises(RuntimeError, match=r"await webhooks.aflush"):
        livekit_webhooks.flush()
    await livekit_webhooks.aflush()
    assert app.seen == livekit_webhooks.names == ["room_started", "participant_joined"]


def test_to_fastapi(app, livekit_server, livekit_webhooks):
    """An ASGI application, from a test without a loop."""
    fastapi = pytest.importorskip("fastapi")
    from lkapi.web.fastapi import webhook_route

    made = fastapi.FastAPI()
    made.include_router(webhook_route(PATH, app.endpoint))
    livekit_webhooks.deliver_to_asgi(made)
    livekit_server.join("ann", "demo")
    assert livekit_webhooks.wait_for("participant_joined")
    assert app.seen == ["room_started", "participant_joined"]


async def test_to_starlette(app, livekit_server, livekit_webhooks):
    """An ASGI application, from a test in a loop, on another path."""
    pytest.importorskip("starlette")
    from starlette.applications import Starlette

    from lkapi.web.starlette import webhook_route

    made = Starlette(routes=[webhook_route("/hooks", app.endpoint)])
    livekit_webhooks.deliver_to_asgi(made, "/hooks")
    livekit_server.join("ann", "demo")
    assert (await livekit_webhooks.await_for("room_started")).room.name == "demo"
    assert app.seen == ["room_started", "participant_joined"]


def test_to_flask(app, livekit_server, livekit_webhooks):
    """A WSGI application."""
    flask = pytest.importorskip("flask")
    from lkapi.web.flask import webhook_view

    made = flask.Flask("app")
    made.add_url_rule(PATH, view_func=webhook_view(app.endpoint), methods=["POST"])
    livekit_webhooks.deliver_to_wsgi(made)
    livekit_server.join("ann", "demo")
    livekit_webhooks.flush()
    assert app.seen == ["room_started", "participant_joined"]
    livekit_webhooks.deliver_to_wsgi(made, "/elsewhere")
    livekit_server.join("bob", "demo")
    with pytest.raises(AssertionError, match=r"not accept .*: it responded with 404"):
        livekit_webhooks.flush()


def test_to_a_url(app, livekit_server, livekit_webhooks):
    """An application that runs as a program."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(app.endpoint.handle(body, self.headers["Authorization"])[0])
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        livekit_webhooks.deliver_to(f"http://127.0.0.1:{running.server_port}{PATH}")
        livekit_server.join("ann", "demo")
        livekit_webhooks.flush()
        running.shutdown()
        thread.join()
    assert app.seen == ["room_started", "participant_joined"]


def test_an_application_that_raises(app, livekit_server, livekit_webhooks):
    """The test fails with its error, after the attempts that LiveKit would make."""
    app.broken = ZeroDivisionError("a bug")
    livekit_webhooks.deliver_to(
        lambda url, headers, body: app.endpoint.handle(body, headers["Authorization"])[0]
    )
    livekit_server.world.create_room(lkapi.CreateRoomRequest(name="demo"))
    with pytest.raises(AssertionError, match=r"room_started: it raised Zero.*\(5 attempts\)") as e:
        livekit_webhooks.flush()
    assert isinstance(e.value.__cause__, ZeroDivisionError)
    assert [delivery.status for delivery in livekit_webhooks.deliveries] == [None] * 5
    assert livekit_webhooks.pending == 0


def test_an_application_that_fails_once(app, livekit_server, livekit_webhooks):
    """LiveKit sends again, at once in a test, and the test passes."""
    answers = [503, 500]

    def post(url, headers, body):
        return answers.pop() if answers else app.endpoint.handle(body, headers["Authorization"])[0]

    livekit_webhooks.deliver_to(post)
    livekit_server.world.create_room(lkapi.CreateRoomRequest(name="demo"))
    livekit_webhooks.flush()
    assert [delivery.status for delivery in livekit_webhooks.deliveries] == [500, 503, 204]
    assert livekit_webhooks.names == ["room_started"]


def test_refusals_can_be_looked_at(livekit_server, livekit_webhooks):
    """Where a refusal is what the test is about."""
    livekit_webhooks.deliver_to(lambda url, headers, body: 401)
    livekit_server.world.create_room(lkapi.CreateRoomRequest(name="demo"))
    livekit_webhooks.flush(check=False)
    assert [delivery.status for delivery in livekit_webhooks.deliveries] == [401]


@pytest.mark.parametrize("asgi", [True, False])
def test_an_application_that_does_not_respond(livekit_server, livekit_webhooks, asgi):
    """It is said which path was posted to."""

    async def silent_asgi(scope, receive, send):
        await receive()

    if asgi:
        livekit_webhooks.deliver_to_asgi(silent_asgi)
    else:
        livekit_webhooks.deliver_to_wsgi(lambda environ, start_response: [])
    livekit_server.world.create_room(lkapi.CreateRoomRequest(name="demo"))
    with pytest.raises(AssertionError, match="did not respond to POST /livekit/webhook"):
        livekit_webhooks.flush()


def test_a_receiver_that_returns_no_status(livekit_server, livekit_webhooks):
    """A response in place of its status is named."""
    livekit_webhooks.deliver_to(lambda url, headers, body: "204")
    livekit_server.world.create_room(lkapi.CreateRoomRequest(name="demo"))
    with pytest.raises(AssertionError, match="must return the status, not str"):
        livekit_webhooks.flush()


def test_nothing_is_captured_after_the_end():
    """A closed server is deaf."""
    server = lkapi.testing.server()
    hooks: CapturedWebhooks = server.webhooks
    server.join("ann", "demo")
    server.close()
    server.world.create_room(lkapi.CreateRoomRequest(name="later"))
    assert len(hooks._order) == 2
