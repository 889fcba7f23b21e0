"""What servers and proxies do wrong, on real sockets: each a clear lkapi error, in both clients."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from contextlib import suppress

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.devserver import InProcessTransport, World
from lkapi.methods.info import Idempotency
from lkapi.rpc.retry import NO_RETRY, RetryPolicy, without_waits
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports import Limits
from tests.call.faces import KEY, SECRET, both_faces, create, every_face, run
from tests.call.plans import row
from tests.call.scripted import ROOM, answer, reset, serving

TOKEN_TEXT = (
    b"invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkZXZrZXkifQ.c2lnbmF0dXJl, error: expired"
)


def failing(face: str, url: str, kind: type[Exception], **options) -> Exception:
    """The error that a single attempt ends with."""
    with pytest.raises(kind) as caught:
        run(face, url, create, retry=NO_RETRY, **options)
    assert type(caught.value).__module__.startswith("lkapi.")
    assert SECRET not in str(caught.value)
    return caught.value


@every_face
def test_a_good_answer_is_the_message(face):
    """The default, the httpcore2 and the users' transports all bring the answer."""
    with serving(answer()) as server:
        room = run(face, server.url, create)
    assert room.sid == "RM_scripted"
    assert server.requests[0].startswith(b"POST /twirp/livekit.RoomService/CreateRoom HTTP/1.1\r\n")


@every_face
def test_an_unreachable_server_is_a_connect_error(face):
    """Nothing was sent, and the error is also a ConnectionError.

    What to check is said where lkapi knows that there is no proxy and no Unix socket.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    error = failing(face, f"http://127.0.0.1:{port}", errors.ConnectError)
    assert isinstance(error, ConnectionError)
    assert error.sent is False
    assert error.method == "RoomService/CreateRoom"
    assert error.request_id
    direct = face.endswith(("aiohttp", "uvloop", "http.client"))
    assert str(error).count("; is the url right, and does the server run there? `lk") == direct


@every_face
def test_a_path_without_livekit_is_named(face):
    """What answers there does not know the method."""
    with serving(answer("404 Not Found", b"404 page not found", "text/plain")) as server:
        error = failing(face, f"{server.url}/elsewhere", errors.BadRouteError)
    assert f"; {server.url}/elsewhere: the url may be wrong (path or server), or only" in str(error)


@every_face
def test_html_with_200_names_what_came(face):
    """A captive portal's page is a DecodeError that shows its beginning, bounded."""
    page = b"<html><title>Sign in</title>" + b"x" * 5000
    with serving(answer(body=page, kind="text/html; charset=utf-8")) as server:
        error = failing(face, server.url, errors.DecodeError)
    assert "text/html" in str(error)
    assert "Sign in" in str(error)
    assert len(str(error)) < 1000


@every_face
def test_html_with_502_is_unavailable(face):
    """A proxy's page follows Twirp's table for intermediaries and keeps its text."""
    with serving(answer("502 Bad Gateway", b"<h1>Bad gateway</h1>", "text/html")) as server:
        error = failing(face, server.url, errors.UnavailableError)
    assert error.status == 502
    assert error.message == "<h1>Bad gateway</h1>"
    assert error.metadata["http_error_from_intermediary"] == "true"


@every_face
def test_plain_text_401_keeps_its_text_without_the_token(face):
    """The server repeats the whole token in its text; the error does not."""
    with serving(answer("401 Unauthorized", TOKEN_TEXT, "text/plain; charset=utf-8")) as server:
        error = failing(face, server.url, errors.UnauthenticatedError)
    assert error.message == "invalid token: [token], error: expired"
    assert "eyJ" not in str(error)
    assert "do the url, the API key and its secret belong" in str(error)


def test_the_calls_own_token_in_the_text_is_masked_once():
    """The embedded server repeats it, as the real one does."""
    transport = InProcessTransport(World(keys={KEY: "another secret"}))
    api = SyncLiveKitAPI("http://livekit.test", KEY, SECRET, transport=transport)
    with pytest.raises(errors.UnauthenticatedError) as caught:
        api.room.list_rooms()
    assert caught.value.message.startswith("invalid token: [token], error: ")


@every_face
def test_a_redirect_is_not_followed(face):
    """It is an error that names the pool, and one request is all that was made."""
    redirect = answer("302 Found", b"", "text/html", "Location: http://127.0.0.1:1/elsewhere")
    with serving(redirect) as server:
        error = failing(face, server.url, errors.InternalError)
        assert len(server.requests) == 1
    assert error.metadata["location"] == "http://127.0.0.1:1/elsewhere"
    assert "was not followed" in str(error)


@every_face
def test_a_truncated_body_is_a_transport_error(face):
    """A body shorter than its length is never taken for a message."""

    def truncated(sock):
        sock.sendall(answer(length=len(ROOM) + 10))
        sock.close()

    with serving(truncated) as server:
        error = failing(face, server.url, errors.TransportError)
    assert error.sent is True


@every_face
def test_a_body_over_the_limit_is_a_transport_error(face):
    """Reading stops at the limit, whether the length is announced or not."""
    limits = Limits(max_response_bytes=2000)
    chunk = b"%x\r\n%s\r\n" % (1500, b"x" * 1500)
    chunked = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"
    )
    for script in (answer(body=b"x" * 3000), chunked):
        with serving(script) as server:
            error = failing(face, server.url, errors.TransportError, limits=limits)
        assert "larger than 2000 bytes" in str(error)


@every_face
def test_a_dropped_connection_is_a_transport_error(face):
    """The server may have acted, and the error says so."""
    for ending in (socket.socket.close, reset):
        with serving(ending) as server:
            error = failing(face, server.url, errors.TransportError)
        assert error.sent is True


@every_face
def test_something_that_is_not_http_is_a_transport_error(face):
    """An SSH banner, or any other text."""

    def banner(sock):
        sock.sendall(b"SSH-2.0-OpenSSH_9.0\r\n\r\n")
        sock.close()

    with serving(banner) as server:
        failing(face, server.url, errors.TransportError)


@every_face
@pytest.mark.parametrize("body", [b'["not", "an", "object"]', b'"text"', b"null", b"", b"{}"])
def test_odd_error_bodies_are_kept_as_text(face, body):
    """JSON that is no Twirp error is read like any other text."""
    with serving(answer("500 Internal Server Error", body, "application/json")) as server:
        error = failing(face, server.url, errors.UnknownError)
    assert error.message == body.decode()


@every_face
def test_an_empty_200_is_an_empty_message(face):
    """As protobuf has it: all fields at their defaults."""
    with serving(answer(body=b"")) as server:
        assert run(face, server.url, create).name == ""


@every_face
def test_json_with_200_is_a_decode_error(face):
    """A server that answers in another encoding than it was asked in is not understood."""
    with serving(answer(body=b'{"sid": "x"}', kind="application/json")) as server:
        assert "application/json" in str(failing(face, server.url, errors.DecodeError))


@every_face
def test_bytes_that_are_no_message_are_a_decode_error(face):
    """Broken protobuf with the right content type, with the method in the text."""
    with serving(answer(body=b"\xff\xff\xff")) as server:
        error = failing(face, server.url, errors.DecodeError)
    assert "RoomService/CreateRoom" in str(error)


@every_face
def test_gzip_and_chunks_are_understood(face):
    """Nobody asks for them, some proxies apply them."""
    packed = gzip.compress(ROOM)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Encoding: gzip\r\n"
    pieces = b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in packed)
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\nTrailer: x\r\n\r\n"
    plain = head + b"Content-Length: %d\r\n\r\n" % len(packed) + packed
    with serving(chunked, plain) as server:
        for _ in range(2):
            assert run(face, server.url, create).sid == "RM_scripted"


@every_face
def test_an_endless_slow_body_ends_at_the_deadline(face):
    """A byte now and then passes every bound on a single read, but not the total."""

    def drip(sock):
        sock.sendall(answer(length=100_000, body=b""))
        for _ in range(400):
            sock.sendall(b"x")
            time.sleep(0.02)

    with serving(drip) as server:
        began = time.monotonic()
        error = failing(face, server.url, errors.RequestTimeoutError, timeout=0.3)
        assert time.monotonic() - began < 3
    assert isinstance(error, TimeoutError)
    assert error.sent is True


@every_face
def test_a_silent_server_ends_at_the_deadline(face):
    """No answer at all."""
    with serving(lambda sock: time.sleep(5)) as server:
        error = failing(face, server.url, errors.RequestTimeoutError, timeout=0.2)
    assert error.sent is True


@both_faces
def test_headers_that_drip_end_at_the_deadline(face):
    """The total time holds before the first byte of the body too."""

    def drip(sock):
        for byte in answer(length=100_000, body=b"") * 10:
            sock.sendall(bytes([byte]))
            time.sleep(0.02)

    with serving(drip) as server:
        began = time.monotonic()
        failing(face, server.url, errors.RequestTimeoutError, timeout=0.3)
        assert time.monotonic() - began < 3


@every_face
def test_connections_are_kept_open(face):
    """Two calls share one connection, and one that the server closed is replaced unnoticed."""

    def last(sock):
        sock.sendall(answer())
        sock.close()

    async def twice(api):
        await create(api)
        return await create(api)

    def twice_blocking(api):
        create(api)
        return create(api)

    with serving(answer()) as server:
        run(face, server.url, twice if face.startswith("async") else twice_blocking)
        assert server.connections == 1


@every_face
def test_nothing_listening_is_tried_again_for_every_kind(face):
    """Nothing was sent, so nothing can have happened."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    for kind in Idempotency:
        with without_waits(), pytest.raises(errors.ConnectError) as caught:
            run(face, url, lambda api, k=kind: api.call(row(k), name="x"))
        assert len(caught.value.attempts) == 3


@both_faces
def test_a_safe_attempt_that_times_out_leaves_time_for_another(face):
    """Half of the time for the first, and the second is answered."""
    with serving(lambda sock: time.sleep(0.5) or sock.close(), answer()) as server:
        began = time.monotonic()
        room = run(
            face,
            server.url,
            lambda api: api.call(row(Idempotency.SAFE), name="x"),
            timeout=5.2,
            retry=RetryPolicy(attempts=2, first_wait=0.0),
        )
        took = time.monotonic() - began
    assert room.sid == "RM_scripted"
    assert 0.4 < took < 4.0


async def test_a_body_that_never_pauses_lets_other_tasks_run():
    """Else the deadline, which is a timer of the same loop, could not end it."""

    def flood(sock):
        sock.sendall(answer(body=b"", length=1 << 40))
        with suppress(OSError):
            while True:
                sock.sendall(b"x" * 65536)

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turns = 0
    limits = Limits(max_response_bytes=1 << 40)
    with serving(flood) as server:
        async with LiveKitAPI(server.url, KEY, SECRET, limits=limits, retry=NO_RETRY) as api:
            other = asyncio.create_task(count())
            with pytest.raises(errors.RequestTimeoutError):
                await api.room.create_room(name="x", timeout=0.2)
            other.cancel()
    assert turns >= 10
