"""Sends drawn requests through the embedded server and its front ends, and judges the outcome."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs

from lkapi.devserver import ASGIApp, HTTPFrontEnd, InProcessTransport, MockServer
from lkapi.errors import LiveKitError
from lkapi.transports.base import Request, Response
from tests.devserver.furnished import furnish
from tests.devserver.service_calls import ServiceServer
from tests.fuzzing.drawing import Drawer
from tests.fuzzing.mutations import mutate_bytes

__all__ = ["Fuzzer"]

REQUESTS_PER_WORLD = 400
"""A world grows with the requests; then a new one is begun, of the next kind."""
ASKED_FOR = (
    b"not implemented",
    b"could not find node",
    b"RpcError ",
    b"mock failure (status 500)",
    b"error unknown: sip status: ",
)
"""Texts of 500s that the real server answers too, or that the request asked for."""
INVALID_TRUNK = (b"no trunk numbers", b"no outbound address", b"for security, one of", b"trunk ")
KINDS = ("cloud", "self-hosted", "mock")


class Fuzzer:
    """One run. ``failures`` has each request that ended in a 500 or an exception."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.failures: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.sent: Counter[str] = Counter()

    def run(self, requests: int, *, first: int = 0, step: int = 1) -> None:
        """Send so many requests, or every so many-th world of them; all follows from the seed."""
        with self._watched_log():
            for number in range(first, -(-requests // REQUESTS_PER_WORLD), step):
                left = requests - number * REQUESTS_PER_WORLD
                self._run_world(number, min(REQUESTS_PER_WORLD, left))

    def add(self, other: Fuzzer) -> None:
        """Count what another one has found."""
        self.failures += other.failures
        self.statuses.update(other.statuses)
        self.sent.update(other.sent)

    def _run_world(self, number: int, count: int) -> None:
        rng = random.Random(f"{self.seed}:{number}")
        kind = KINDS[number % len(KINDS)]
        server = ServiceServer("cloud")
        ids = furnish(server)
        if kind == "self-hosted":
            server.world.config = attrs.evolve(server.world.config, **AT_HOME)
        drawer = Drawer(rng, server, ids)
        dev = MockServer(server.world) if kind == "mock" else server.dev
        app, transport = ASGIApp(dev), InProcessTransport(dev)
        with contextlib.ExitStack() as stack:
            front: HTTPFrontEnd | None = None
            for _ in range(count):
                request = drawer.draw()
                way = rng.random()
                if rng.random() < 0.01:
                    server.clock.advance(rng.choice((0.5, 5, 60)))
                if way < 0.8:
                    self._judge("handle", request, lambda r=request: dev.exchange(r).response)
                elif way < 0.89:
                    self._judge("transport", request, lambda r=request: send(transport, r))
                elif way < 0.99:
                    self._judge("asgi", request, lambda r=request: through_asgi(app, r))
                else:
                    front = front or stack.enter_context(HTTPFrontEnd(dev))
                    raw = on_the_wire(rng, request)
                    self._judge("http", request, lambda r=raw, f=front: over_http(f, r))

    def _judge(self, way: str, request: Request, send_it: Any) -> None:
        self.sent[way] += 1
        try:
            response: Response | None = send_it()
        except Exception as error:
            self._fail(way, request, repr(error))
            return
        status = 0 if response is None else response.status
        self.statuses[status] += 1
        if response is not None and is_broken(response):
            self._fail(way, request, f"{status} {response.content[:200]!r}")

    def _fail(self, way: str, request: Request, why: str) -> None:
        shown = {n: v[:300] for n, v in request.headers.items()}
        text = f"{way}: {request.method!r} {request.url[:200]!r} {shown} {request.content[:500]!r}"
        self.failures.append(f"{why[:500]} <- {text}")

    @contextlib.contextmanager
    def _watched_log(self) -> Iterator[None]:
        """Count what the server logs as an error: a handler or a connection that broke."""
        fuzzer = self

        class Watcher(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                error = record.exc_info[1] if record.exc_info else None
                fuzzer.failures.append(f"logged: {record.getMessage()}: {error!r}")

        log, watcher = logging.getLogger("lkapi.devserver"), Watcher(logging.ERROR)
        propagated, log.propagate = log.propagate, False
        log.addHandler(watcher)
        try:
            yield
        finally:
            log.removeHandler(watcher)
            log.propagate = propagated


AT_HOME: dict[str, Any] = {
    "profile": "self-hosted",
    "egress_worker": True,
    "ingress_worker": True,
    "sip_worker": True,
}


def is_broken(response: Response) -> bool:
    """Whether a response is one that no request may get."""
    if not 100 <= response.status <= 599:
        return True
    if response.status != 500:
        return False
    return not any(text in response.content for text in (*ASKED_FOR, *INVALID_TRUNK))


def send(transport: InProcessTransport, request: Request) -> Response | None:
    """As a client of lkapi does; its errors of the connection are proper outcomes."""
    try:
        return transport.send(request)
    except LiveKitError:
        return None


def through_asgi(app: ASGIApp, request: Request) -> Response | None:
    """Without an event loop: nothing is waited for on a virtual clock."""
    path, _, query = request.url.partition("?")
    scope = {
        "type": "http",
        "method": request.method,
        "path": path,
        "query_string": query.encode("utf-8", "replace"),
        "headers": [
            (n.encode("latin-1", "replace"), v.encode("utf-8", "replace"))
            for n, v in request.headers.items()
        ],
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.content}

    async def deliver(message: Any) -> None:
        sent.append(message)

    running = app(scope, receive, deliver)
    try:
        running.send(None)
    except StopIteration:
        return Response(sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"])
    except ConnectionAbortedError:
        return None
    raise AssertionError("the application waits for something")


def on_the_wire(rng: random.Random, request: Request) -> bytes:
    """The bytes of a request, spoiled every other time."""
    lines = [f"{request.method or 'POST'} {request.url or '/'} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append(f"Content-Length: {len(request.content)}")
    raw = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + request.content
    return mutate_bytes(rng, raw) if rng.random() < 0.5 else raw


def over_http(front: HTTPFrontEnd, raw: bytes) -> Response | None:
    """Whatever comes back until the server hangs up; no more is sent."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as connection:
        with contextlib.suppress(OSError):  # the server need not read what it refuses
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return None
    return Response(int(words[1]), {}, body)


def timed(fuzzer: Fuzzer, requests: int) -> float:
    """Run, and return the requests that were sent in a second."""
    before = time.perf_counter()
    fuzzer.run(requests)
    return requests / (time.perf_counter() - before)
