"""Receivers of an embedded server's webhooks: one in this process, one on a port."""

from __future__ import annotations

import http.server
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookReceiver, WebhookVerifier
from tests.devserver.calls import Server
from tests.devserver.tokens import KEYS

__all__ = ["URL", "Inbox", "PortInbox", "listening", "started"]

URL = "http://app.test/hook"


class Inbox:
    """Keeps what it is posted, and answers as it is told, else 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.posts: list[tuple[str, Mapping[str, str], bytes]] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.posts.append((url, headers, body))
        return self.statuses.pop(0) if self.statuses else 200

    async def apost(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return self.post(url, headers, body)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.posts]

    def names(self) -> list[str]:
        return [body["event"] for body in self.bodies()]

    def verified(self, server: Server) -> list[tuple[str, str, WebhookEvent]]:
        """Of each delivery the URL, the key that signed, and the event."""
        receiver = WebhookReceiver(WebhookVerifier(keys=KEYS, clock=server.clock.token_now))
        found: list[tuple[str, str, WebhookEvent]] = []
        for url, headers, body in self.posts:
            delivery = receiver.receive_delivery(body, headers["Authorization"])
            found.append((url, delivery.claims.iss, delivery.event))
        return found


class PortInbox:
    """Keeps what came to a port, and answers with the status that ``answer`` gives for a body."""

    def __init__(self) -> None:
        self.url = ""
        self.inbox: queue.Queue[tuple[str, Mapping[str, str], bytes]] = queue.Queue()
        self.answer: Callable[[dict[str, Any]], int] = lambda _: 200

    def take(self) -> tuple[str, Mapping[str, str], bytes]:
        return self.inbox.get(timeout=20)


@contextmanager
def listening(inbox: PortInbox) -> Iterator[PortInbox]:
    """Serve an inbox on a free port, a thread for each connection."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.inbox.put((self.path, dict(self.headers), body))
            self.send_response(inbox.answer(json.loads(body)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def started(module: list[str]) -> Iterator[tuple[subprocess.Popen[str], Callable[[], str]]]:
    """Run a module with its options until the block ends, however it ends; gives its lines."""
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program, program.stdout.readline
        finally:
            program.terminate()
