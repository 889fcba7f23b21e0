"""The async default transport: what it sends, what it makes of any response, and its pool."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from lkapi.errors import TransportError
from lkapi.transports.aiohttp import AiohttpTransport
from lkapi.transports.base import Request, Response
from lkapi.transports.options import HTTPOptions, Limits
from tests.call.scripted import answer, serving
from tests.call.test_http_client import cuts, oracle, responses

OPTIONS = HTTPOptions(trust_env=False, limits=Limits(max_response_bytes=300_000))
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Player:
    """A server on an event loop of its own that answers every request with the same pieces."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pieces: list[bytes] = []
        self.close = True
        self.server = self.run(asyncio.start_server(self.play, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/twirp/x"

    def run(self, work):
        return self.loop.run_until_complete(work)

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in self.pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.close:
                    break
        writer.close()

    async def ask(self, times: int) -> list[Response | None]:
        transport = AiohttpTransport(OPTIONS)
        found: list[Response | None] = []
        for _ in range(times):
            response = None
            with suppress(TransportError):
                response = await transport.asend(Request("POST", self.url, timeout=5))
            found.append(response)
        await transport.aclose()
        return found

    def read(self, data: bytes, cuts: list[int] | None = None) -> Response | None:
        """What becomes of a response that arrives in pieces; None if it is no sound one."""
        edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts or []}), len(data)]
        self.pieces = [data[a:b] for a, b in itertools.pairwise(edges) if a < b]
        return self.run(self.ask(1))[0]


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    """One for all responses."""
    player = Player()
    yield player
    player.server.close()
    player.run(asyncio.sleep(0.01))
    player.run(player.loop.shutdown_asyncgens())
    player.loop.close()


@given(responses(), cuts)
@settings(max_examples=60, deadline=None)
def test_sound_responses_are_read_as_h11_reads_them(player, data, cuts):
    """However they are cut into pieces."""
    mine, theirs = player.read(data, cuts), oracle(data)
    assert mine is not None
    assert theirs is not None
    assert (mine.status, mine.content) == (theirs[0], theirs[2])
    for name, value in theirs[1].items():
        assert value.decode("latin-1").strip() in mine.headers[name.decode()].lower()


@given(responses(), st.integers(0, 400), st.binary(min_size=1, max_size=3), cuts)
@settings(max_examples=60, deadline=None)
def test_damaged_responses_raise_only_transport_errors(player, data, at, damage, cuts):
    """``read`` catches these and no others; and a body that both accept is the same."""
    at %= len(data)
    damaged = data[:at] + damage + data[at + len(damage) :]
    mine, theirs = player.read(damaged, cuts), oracle(damaged)
    if mine is not None and theirs is not None:
        assert mine.content == theirs[2]


@given(st.binary(max_size=200), cuts)
@settings(deadline=None)
def test_rubbish_raises_only_transport_errors(player, data, cuts):
    """``read`` catches these and no others."""
    assert player.read(data, cuts) is None


@pytest.mark.parametrize(
    ("data", "reused"),
    [
        (OK + b"Content-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (OK + b"Connection: Close\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", True),
        (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", True),
        (OK + b"Content-Length: 2\r\n\r\nhi" + OK + b"Content-Length: 2\r\n\r\nno", False),
        (CHUNKED + b"2\r\nhi\r\n0\r\nA: b\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", False),
    ],
)
async def test_a_connection_is_used_again_only_when_its_response_surely_ended(data, reused):
    """One byte too many: never again."""
    with serving(data) as server:
        transport = AiohttpTransport(OPTIONS)
        for _ in range(2):
            response = await transport.asend(Request("POST", server.url, content=b"x"))
            assert response.content in (b"hi", b"")
            await asyncio.sleep(0.02)
        await transport.aclose()
        assert server.connections == (1 if reused else 2)


@pytest.mark.parametrize("more", [b"more", b" ", b"HTTP/1.1 200"])
async def test_junk_behind_a_response_is_never_read_as_the_next(more):
    """It fails the call whose response it came with, or is dropped with the connection."""
    data = OK + b"Content-Length: 2\r\n\r\nhi" + more
    with serving(data, OK + b"Content-Length: 2\r\n\r\nok") as server:
        transport = AiohttpTransport(OPTIONS)
        with suppress(TransportError):
            assert (await transport.asend(Request("POST", server.url))).content == b"hi"
        assert (await transport.asend(Request("POST", server.url))).content == b"ok"
        await transport.aclose()


async def test_only_these_headers_are_sent():
    """Nothing of aiohttp's own but host, length and ``Accept: */*``."""
    agent = {"user-agent": "me"}
    with serving(answer()) as server:
        transport = AiohttpTransport(OPTIONS)
        headers = {**agent, "content-type": "a/b"}
        await transport.asend(Request("POST", f"{server.url}/twirp/x", headers, b"body"))
        await transport.asend(Request("GET", f"{server.url}/settings/regions", agent))
        await transport.aclose()
    expected = (
        "post /twirp/x http/1.1|content-type: a/b|content-length: 4|body",
        "get /settings/regions http/1.1",
    )
    shared = {f"host: {server.url[7:]}", "user-agent: me", "accept: */*"}
    shared |= {"accept-encoding: identity", ""}
    for request, lines in zip(server.requests, expected, strict=True):
        assert set(request.decode().lower().split("\r\n")) == shared | set(lines.split("|"))


async def test_headers_of_one_name_are_joined():
    """By commas, as RFC 9110 section 5.3 has it."""
    with serving(answer("200 OK", b"", "a/b", "X-A: 1", "x-a: 2")) as server:
        transport = AiohttpTransport(OPTIONS)
        response = await transport.asend(Request("POST", server.url))
        await transport.aclose()
    assert response.headers["x-a"] == "1, 2"


async def test_a_forgotten_transport_closes_its_connections():
    """At once, while the loop goes on."""
    gone = threading.Event()

    def last(sock):
        sock.sendall(answer())
        assert not sock.recv(1)
        gone.set()

    with serving(last) as server:
        await AiohttpTransport(OPTIONS).asend(Request("POST", server.url))
        gc.collect()
        assert await asyncio.to_thread(gone.wait, 5)
