"""What must hold on the transports that are built in, whatever the peer does: both alike."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import sys
import threading
import time
import tracemalloc
from contextlib import contextmanager, suppress

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.protocol.models import Room
from lkapi.rpc.retry import NO_RETRY
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports import Limits
from tests.call.faces import KEY, SECRET, both_faces, create, run
from tests.call.scripted import answer, serving

MIB = 1024 * 1024
SECONDS = 20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n"


with_names = pytest.mark.parametrize("face", ["async-aiohttp", "sync-http.client"])
"""uvloop asks the system's resolver itself, past the one that tests can replace."""


def failing(face, url, kind, **options):
    """The error of a call, made once."""
    with pytest.raises(kind) as caught:
        run(face, url, create, retry=NO_RETRY, trust_env=False, **options)
    return caught.value


def endless(start: bytes, piece: bytes):
    """A step of a script that sends without end."""

    def step(sock):
        with suppress(OSError):
            sock.sendall(start)
            while True:
                sock.sendall(piece)

    return step


@contextmanager
def silent_address(port=0):
    """An address that ignores connections: a listener whose queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.2", port))
        try:
            yield port
        finally:
            for filler in fillers:
                filler.close()


@pytest.fixture
def addresses(monkeypatch):
    """Have a name of the tests resolve to these addresses."""
    genuine = socket.getaddrinfo

    def resolve_to(*found: str) -> None:
        def getaddrinfo(host, port, *args, **options):
            if host not in ("lk.test", b"lk.test"):
                return genuine(host, port, *args, **options)
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return resolve_to


# Connecting


@with_names
def test_a_dead_first_address_costs_half_a_second_at_most(face, addresses):
    """The next one is tried then, and every one that refuses costs nothing."""
    addresses("127.0.0.2", "127.0.0.3", "127.0.0.1")
    with serving(answer()) as server, silent_address(server.port):
        run(face, server.url, create, trust_env=False)  # imports are not what is timed
        began = time.monotonic()
        run(face, f"http://lk.test:{server.port}", create, trust_env=False)
        assert time.monotonic() - began < 0.5 + 0.5  # and a busy machine


@with_names
def test_the_deadline_holds_while_connecting(face, addresses):
    """Nothing was sent."""
    addresses("127.0.0.2")
    with silent_address() as port:
        began = time.monotonic()
        error = failing(face, f"http://lk.test:{port}", errors.RequestTimeoutError, timeout=0.3)
        assert time.monotonic() - began < 2
    assert error.sent is False
    assert "no connection" in str(error)


@both_faces
def test_the_deadline_holds_over_tls_that_does_not_begin(face):
    """A server that accepts and says nothing; nothing of the request was sent."""
    with serving(lambda sock: time.sleep(SECONDS)) as server:
        url = server.url.replace("http:", "https:")
        began = time.monotonic()
        error = failing(face, url, errors.RequestTimeoutError, timeout=0.3)
        assert time.monotonic() - began < 2
        assert server.requests == []
    assert error.sent is False


@pytest.mark.parametrize("face", ["async-aiohttp"])
def test_the_deadline_holds_over_a_slow_resolver(face, monkeypatch):
    """Of the async client; the resolver that a thread waits in cannot be interrupted."""
    answered = threading.Event()
    genuine = socket.getaddrinfo

    def getaddrinfo(host, *args, **options):
        if host == "slow.test":
            answered.wait(SECONDS)
        return genuine(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def work():
        async with LiveKitAPI("http://slow.test", KEY, SECRET, retry=NO_RETRY) as api:
            began = time.monotonic()
            with pytest.raises(errors.RequestTimeoutError) as caught:
                await api.room.create_room(name="x", timeout=0.3)
            assert time.monotonic() - began < 2
            assert caught.value.sent is False
        answered.set()  # the loop waits for its threads

    asyncio.run(work())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cannot be told from a cancellation")
async def test_closing_the_client_while_a_name_is_resolved_fails_the_call(monkeypatch):
    """aiohttp cancels the look-up, which must not look like a cancellation of the task."""
    asked, answered = threading.Event(), threading.Event()
    genuine = socket.getaddrinfo

    def getaddrinfo(host, *args, **options):
        if host == "slow.test":
            asked.set()
            answered.wait(SECONDS)
        return genuine(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    api = LiveKitAPI("http://slow.test", KEY, SECRET, retry=NO_RETRY)
    calls = [asyncio.create_task(create(api)) for _ in range(2)]
    await asyncio.to_thread(asked.wait, SECONDS)
    closing = asyncio.create_task(api.aclose())
    found = await asyncio.gather(*calls, return_exceptions=True)
    answered.set()
    await closing
    assert [type(error) for error in found] == [errors.TransportError] * 2
    assert [error.sent for error in found] == [False] * 2


@with_names
def test_a_name_that_does_not_exist_is_a_connect_error(face, monkeypatch):
    """It says so."""

    def getaddrinfo(*args, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = failing(face, "http://no.such.test", errors.ConnectError)
    assert "not known" in str(error)
    assert error.hint.startswith("is the url right")


# Responses


def _peak(work) -> int:
    """Bytes that Python held at most while this ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@both_faces
def test_a_body_over_the_limit_is_refused_without_holding_much_more(face):
    """16 MiB by default, of a body that does not say how long it is."""
    run_once = endless(HEAD + b"\r\n", b"x" * 65536)
    with serving(run_once) as server:
        peak = _peak(lambda: failing(face, server.url, errors.TransportError, timeout=SECONDS))
    assert peak < 2 * 16 * MIB + 4 * MIB


@both_faces
def test_a_small_body_that_becomes_a_large_one_is_refused(face):
    """300 MB of zeros in 300 KB."""
    packer = gzip.zlib.compressobj(9, gzip.zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(300)) + packer.flush()
    script = answer("200 OK", bomb, "application/protobuf", "Content-Encoding: gzip")
    with serving(script) as server:
        error = None

        def work():
            nonlocal error
            error = failing(face, server.url, errors.TransportError, timeout=SECONDS)

        peak = _peak(work)
    assert "larger than" in str(error)
    assert peak < 2 * 16 * MIB + 4 * MIB


@both_faces
@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"y" * 100_000 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"y" * 90) for number in range(1000)),
    ],
    ids=["one", "many"],
)
def test_a_hundred_thousand_bytes_of_headers_are_refused(face, head):
    """In one line or in a thousand."""
    with serving(HEAD + head + b"Content-Length: 0\r\n\r\n") as server:
        error = failing(face, server.url, errors.TransportError)
    assert error.sent is True
    assert len(str(error)) < 1000


@both_faces
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100),
        (HEAD, b"x: y\r\n" * 1000),
        (HEAD + b"x: ", b"y" * 10_000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x=y;" * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 10_000),
        (b"", b"junk\r\n" * 1000),
    ],
    ids=["100", "103", "headers", "header", "trailers", "extension", "size", "junk"],
)
def test_what_never_ends_is_refused_or_ends_at_the_deadline(face, start, piece):
    """And costs little memory until then."""
    with serving(endless(start, piece)) as server:
        began = time.monotonic()

        def work():
            error = failing(face, server.url, errors.TransportError, timeout=1)
            assert error.sent is True

        peak = _peak(work)
        assert time.monotonic() - began < SECONDS  # of a busy machine
    assert peak < 8 * MIB


@both_faces
def test_an_interim_response_is_passed_over(face):
    """The one that counts comes behind it."""
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with serving(early + answer()) as server:
        assert run(face, server.url, create).sid == "RM_scripted"


@both_faces
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        HEAD + b"Content-Length: -2\r\n\r\nhi",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
    ],
)
def test_junk_is_a_transport_error(face, data):
    """With nothing of another library in it, and never a message."""

    def say(sock):
        sock.sendall(data)
        sock.close()

    with serving(say) as server:
        error = failing(face, server.url, errors.TransportError)
    assert error.sent is True


@both_faces
@pytest.mark.parametrize("later", [0.0, 0.05])
def test_an_unasked_response_is_never_the_next_calls(face, later):
    """It comes in the packet of the one before, or by itself a moment later."""
    planted = answer(body=Room(sid="RM_planted").to_bytes())

    def both(sock):
        if later:
            sock.sendall(answer())
            time.sleep(later)
            sock.sendall(planted)
        else:
            sock.sendall(answer() + planted)

    def sync_work(api):
        found = []
        for _ in range(3):
            found.append(create(api).sid)
            time.sleep(3 * later)
        return found

    async def async_work(api):
        found = []
        for _ in range(3):
            found.append((await create(api)).sid)
            await asyncio.sleep(3 * later)
        return found

    with serving(both) as server:
        work = sync_work if face.startswith("sync") else async_work
        assert run(face, server.url, work, retry=NO_RETRY) == ["RM_scripted"] * 3
        assert server.connections == 3


@both_faces
def test_a_request_is_never_sent_twice_by_the_library(face):
    """A region list is read with GET, which aiohttp would repeat when a kept connection breaks."""
    from lkapi.transports import HTTPOptions, Request

    def drop(sock):
        sock.close()

    with serving(answer(), drop) as server:
        if face.startswith("sync"):
            from lkapi.transports.http_client import HTTPClientTransport

            transport = HTTPClientTransport(HTTPOptions())
            transport.send(Request("GET", server.url))
            with pytest.raises(errors.TransportError):
                transport.send(Request("GET", server.url))
            transport.close()
        else:

            async def work():
                from lkapi.transports.aiohttp import AiohttpTransport

                transport = AiohttpTransport()
                await transport.asend(Request("GET", server.url))
                with pytest.raises(errors.TransportError):
                    await transport.asend(Request("GET", server.url))
                await transport.aclose()

            asyncio.run(work())
        assert len(server.requests) == 2


@both_faces
def test_neither_cookies_nor_redirects_are_followed(face):
    """What the first response sets is not sent with the second request."""
    script = answer("200 OK", b"", "application/protobuf", "Set-Cookie: a=b")

    async def twice(api):
        await create(api)
        await create(api)

    def twice_blocking(api):
        create(api)
        create(api)

    with serving(script) as server:
        run(face, server.url, twice if face.startswith("async") else twice_blocking)
        assert b"cookie" not in server.requests[1].lower()


@both_faces
def test_a_large_request_is_sent_whole(face):
    """And its response read."""
    with serving(answer()) as server:
        run(
            face,
            server.url,
            lambda api: api.room.create_room(name="x", metadata="m" * 3_000_000),
            timeout=SECONDS,
        )
        assert len(server.requests[0]) > 3_000_000


# Cancellation, threads, processes


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts files by /proc")
async def test_a_cancellation_at_any_moment_loses_no_permit_and_leaks_no_socket():
    """Of a call that waits, connects, sends or reads, after every number of turns of the loop."""
    limits = Limits(connections=2)
    with serving(answer()) as server:
        before = _open_files()
        async with LiveKitAPI(server.url, KEY, SECRET, limits=limits, retry=NO_RETRY) as api:
            for turns in range(60):
                calls = [asyncio.create_task(create(api)) for _ in range(4)]
                for _ in range(turns):
                    await asyncio.sleep(0)
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
            rooms = await asyncio.gather(*(create(api) for _ in range(8)))
            assert [room.sid for room in rooms] == ["RM_scripted"] * 8
    for _ in range(200):
        if _open_files() <= before:
            break
        await asyncio.sleep(0.02)
    assert _open_files() <= before


def test_twenty_four_threads_with_an_event_loop_each():
    """One client; each gets its own responses."""
    done: list[str] = []
    with serving(answer()) as server:
        api = LiveKitAPI(server.url, KEY, SECRET)

        async def work() -> None:
            done.extend([(await create(api)).name for _ in range(5)])

        threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert server.connections == 24
    assert done == ["demo"] * 120


def test_twenty_four_threads_share_a_sync_client():
    """And its connections."""
    done: list[str] = []
    with serving(answer()) as server, SyncLiveKitAPI(server.url, KEY, SECRET) as api:

        def work() -> None:
            done.extend(create(api).name for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert server.connections <= 24
    assert done == ["demo"] * 120
