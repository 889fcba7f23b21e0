"""Signed webhooks for what happens in a world."""

from __future__ import annotations

import http.server
import queue
import threading
import time
from collections.abc import Iterator, Mapping

import pytest

from lkapi.devserver import Webhooks, World
from lkapi.errors import SettingsError
from lkapi.protocol.egress import EgressInfo, WebEgressRequest
from lkapi.protocol.models import FilterParams, WebhookConfig
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookReceiver, WebhookVerifier
from tests.devserver.calls import Server
from tests.devserver.tokens import KEYS, video

URL = "http://app.test/hook"


class Inbox:
    """Receivers of webhooks, who verify what they are sent and answer as they are told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.posts: list[tuple[str, Mapping[str, str], bytes]] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.posts.append((url, headers, body))
        return self.statuses.pop(0) if self.statuses else 200

    def events(self, server: Server) -> list[tuple[str, str]]:
        verifier = WebhookVerifier(keys=KEYS, clock=server.clock.token_now)
        receiver = WebhookReceiver(verifier)
        found = []
        for url, headers, body in self.posts:
            token = next(v for n, v in headers.items() if n.lower() == "authorization")
            found.append((url, receiver.receive(body, token).event))
        return found


def test_events_arrive_signed_and_in_order() -> None:
    """A visit, as the receiver sees it."""
    server, inbox = Server(), Inbox()
    webhooks = Webhooks(server.world, [URL], post=inbox.post)
    server.join().leave()
    webhooks.flush()
    assert inbox.events(server) == [
        (URL, "room_started"),
        (URL, "participant_joined"),
        (URL, "participant_left"),
    ]
    webhooks.close()
    server.world.close_room("demo")
    webhooks.flush()
    assert len(inbox.posts) == 3


def test_configured_urls_and_key() -> None:
    """URLs and key come from the configuration unless they are given."""
    server = Server(webhook_urls=(URL,), webhook_api_key="otherkey")
    inbox = Inbox()
    webhooks = Webhooks(server.world, post=inbox.post)
    server.join()
    webhooks.flush()
    assert inbox.events(server)[0] == (URL, "room_started")
    assert webhooks.sender.targets[0].api_key == "otherkey"


def test_webhooks_named_by_an_egress() -> None:
    """58: in addition to the configured URL, signed with the key named there, filtered."""
    server, inbox = Server(), Inbox()
    webhooks = Webhooks(server.world, [URL], post=inbox.post)
    named = [
        WebhookConfig(url="http://extra.test/x", signing_key="otherkey"),
        WebhookConfig(
            url="http://end.test/x", filter_params=FilterParams(include_events=["egress_ended"])
        ),
        WebhookConfig(url="http://lost.test/x", signing_key="unknown"),
        WebhookConfig(url="ftp://wrong.test/x"),
    ]
    info = EgressInfo(egress_id="EG_1", web=WebEgressRequest(webhooks=named))
    for name in ("egress_started", "egress_ended"):
        server.world.events.emit(WebhookEvent(event=name, egress_info=info))
    webhooks.flush()
    assert sorted(inbox.events(server)) == [
        (URL, "egress_ended"),
        (URL, "egress_started"),
        ("http://end.test/x", "egress_ended"),
        ("http://extra.test/x", "egress_ended"),
        ("http://extra.test/x", "egress_started"),
    ]


def test_unusable_settings_are_named() -> None:
    """A key that the world does not hold, and a URL that is none."""
    with pytest.raises(SettingsError, match="no API key 'nokey'"):
        Webhooks(World(), [], api_key="nokey")
    with pytest.raises(SettingsError, match="'localhost:80'"):
        Webhooks(World(), ["localhost:80"])


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.Queue[tuple[str, str, bytes]]]]:
    """A real HTTP server that keeps what it is sent."""
    inbox: queue.Queue[tuple[str, str, bytes]] = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.put((self.path, self.headers["Authorization"], body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", inbox
        server.shutdown()


def test_over_real_http(receiver: tuple[str, queue.Queue[tuple[str, str, bytes]]]) -> None:
    """From a thread of its own, to a path with a query, and to none."""
    url, inbox = receiver
    world = World(keys=KEYS)
    with Webhooks(world, [f"{url}/hook?x=1", url]):
        world.create_room(CreateRoomRequest(name="demo"))
        found = sorted(inbox.get(timeout=20) for _ in range(2))
    assert [path for path, _, _ in found] == ["/", "/hook?x=1"]
    for _, token, body in found:
        event = WebhookReceiver(("devkey", KEYS["devkey"])).receive(body, token)
        assert event.event == "room_started"
    assert world.join(video(time.time(), roomJoin=True, room="demo")).connected
