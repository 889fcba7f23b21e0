"""One exchange of the sync default transport: what it sends, and what it makes of any response."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
from contextlib import suppress

import h11
import pytest
from hypothesis import given, settings, strategies as st

from lkapi.errors import ConnectError, LiveKitError, SettingsError, TransportError
from lkapi.transports.base import Request, Response
from lkapi.transports.http_client import HTTPClientTransport
from lkapi.transports.http_connection import FOREIGN, Connection
from lkapi.transports.options import HTTPOptions, Limits
from lkapi.transports.targets import Targets
from tests.call.scripted import reset, serving

LIMIT = 300_000
URL = "http://lk.test:7880/twirp/x"
OK = b"HTTP/1.1 200 OK\r\n"
EARLY = [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n"]
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
OPTIONS = HTTPOptions(trust_env=False, limits=Limits(max_response_bytes=LIMIT))


class Pieces:
    """A socket that plays the pieces of one response, and keeps what is sent."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.sent: list[bytes] = []
        self.timeout: float | None = None

    def settimeout(self, timeout: float) -> None:
        self.timeout = timeout

    def send(self, data: memoryview) -> int:
        self.sent.append(bytes(data))
        return len(data)

    def recv_into(self, buffer: memoryview) -> int:
        if self.timeout == 0 and not self.pieces:
            raise BlockingIOError
        piece = self.pieces.pop(0) if self.pieces else b""
        part, rest = piece[: len(buffer)], piece[len(buffer) :]
        if rest:
            self.pieces.insert(0, rest)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None: ...


def over(sock: Pieces, request: Request) -> tuple[Response, bool]:
    """The response to a request, and whether the connection could be used again."""
    target = Targets(OPTIONS).find(request.url)
    connection = Connection(target)
    deadline = time.monotonic() + request.timeout
    connection._use(sock, deadline)
    try:
        response = connection.exchange(request, target, deadline, LIMIT)
    except LiveKitError:
        raise
    except FOREIGN as error:
        raise connection.explain(error, request.timeout) from None
    return response, connection.reusable and connection.is_usable()


def read(data: bytes, cuts: list[int] | None = None) -> tuple[Response, bool] | None:
    """What becomes of a response that arrives in pieces; None if it is no sound one."""
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts or []}), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(edges) if start < end]
    try:
        return over(Pieces(pieces), Request("POST", URL))
    except TransportError:
        return None


# What is sent


def test_a_request_is_one_write():
    """Head and body together, so that they leave in one packet; and no header but these."""
    sock = Pieces([OK + b"Content-Length: 0\r\n\r\n"])
    over(sock, Request("POST", URL, {"content-type": "a/b"}, b"body"))
    expected = (
        b"POST /twirp/x HTTP/1.1\r\nhost: lk.test:7880\r\ncontent-type: a/b\r\n"
        b"accept-encoding: identity\r\ncontent-length: 4\r\n\r\nbody"
    )
    assert sock.sent == [expected]


def test_a_request_without_body_has_no_length_unless_it_is_a_post():
    """As RFC 9110 section 8.6 has it."""
    for method, expected in (("GET", 0), ("POST", 1)):
        sock = Pieces([OK + b"Content-Length: 0\r\n\r\n"])
        over(sock, Request(method, URL))
        assert sock.sent[0].count(b"content-length: 0\r\n") == expected


@pytest.mark.parametrize("headers", [{"x-a": "secret\r\nx: y"}, {"x-a": "\u2603"}, {"x:a": "b"}])
def test_a_header_that_cannot_be_sent_is_named_without_its_value(headers):
    """No byte of the request leaves, and the connection is closed."""
    with serving(OK + b"Content-Length: 0\r\n\r\n") as server:
        transport = HTTPClientTransport(OPTIONS)
        with pytest.raises(SettingsError, match=r"header 'x.a' has characters") as caught:
            transport.send(Request("GET", server.url, headers))
        assert "secret" not in str(caught.value)
        assert not transport._pool._open
        assert server.requests == []


# Sound responses

bodies = st.binary(max_size=300)
names = st.sampled_from(["Content-Type", "X-Thing", "connection", "Retry-After", "Date"])
values = st.sampled_from(
    ["application/protobuf", "close", "keep-alive", "a, b", "", "3", "ünïcode"]
)
extra = st.lists(st.tuples(names, values), max_size=4)
cuts = st.lists(st.integers(0, 2000), max_size=6)


def chunked(body: bytes, sizes: list[int]) -> bytes:
    out, at = b"", 0
    for size in sizes:
        piece = body[at : at + size]
        if piece:
            out += b"%X;ext=1\r\n%s\r\n" % (len(piece), piece)
        at += size
    rest = body[at:]
    out += b"%x\r\n%s\r\n" % (len(rest), rest) if rest else b""
    return out + b"0\r\n\r\n"


@st.composite
def responses(draw):
    body, framing = draw(bodies), draw(st.sampled_from(["length", "chunked", "close"]))
    version, status = draw(st.sampled_from("01")), draw(st.sampled_from([200, 401, 404, 503]))
    lines = [f"HTTP/1.{version} {status} Some Text"]
    lines += [f"{name}: {value}" for name, value in draw(extra)]
    if framing == "length":
        lines.append(f"Content-Length: {len(body)}")
    if framing == "chunked":
        lines[0] = lines[0].replace("HTTP/1.0", "HTTP/1.1")
        lines.append("Transfer-Encoding: Chunked")
        body = chunked(body, draw(st.lists(st.integers(1, 40), max_size=5)))
    early = draw(st.sampled_from(EARLY))
    return early + "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def oracle(data: bytes) -> tuple[int, dict[bytes, bytes], bytes] | None:
    """What h11 reads."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    status, headers, body = 0, {}, b""
    try:
        while True:
            event = client.next_event()
            if isinstance(event, h11.Response):
                status, headers = event.status_code, dict(event.headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, headers, body
            elif isinstance(event, (h11.ConnectionClosed, type(h11.NEED_DATA))):
                return None
    except h11.RemoteProtocolError:
        return None


@given(responses(), cuts)
@settings(max_examples=80, deadline=None)
def test_sound_responses_are_read_as_h11_reads_them(data, cuts):
    """However they are cut into pieces."""
    mine, theirs = read(data, cuts), oracle(data)
    assert mine is not None
    assert theirs is not None
    assert (mine[0].status, mine[0].content) == (theirs[0], theirs[2])
    for name, value in theirs[1].items():
        assert value.decode("latin-1").strip() in mine[0].headers[name.decode()].lower()


@given(responses(), st.integers(0, 400), st.binary(min_size=1, max_size=3), cuts)
@settings(max_examples=80, deadline=None)
def test_damaged_responses_raise_only_transport_errors(data, at, damage, cuts):
    """``read`` catches these and no others; and a body that both accept is the same."""
    at %= len(data)
    damaged = data[:at] + damage + data[at + len(damage) :]
    mine, theirs = read(damaged, cuts), oracle(damaged)
    if mine is not None and theirs is not None:
        assert mine[0].content == theirs[2]


@given(st.binary(max_size=200), cuts)
def test_rubbish_raises_only_transport_errors(data, cuts):
    """``read`` catches these and no others."""
    assert read(data, cuts) is None


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (OK + b"Content-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", True),
        (OK + b"Connection: Close\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", True),
        (OK + b"Content-Length: 2\r\n\r\nhi and more", False),
        (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", True),
        (CHUNKED + b"2\r\nhi\r\n0\r\nA: b\r\n\r\nmore", False),
        (OK + b"\r\nhi", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK + b"Content-Length: 2\r\n\r\nhi", True),
    ],
)
def test_a_connection_is_used_again_only_when_its_response_surely_ended(data, reusable):
    """One byte too many, or no length: never again."""
    found = read(data)
    assert found is not None
    assert found[0].content == b"hi"
    assert found[1] is reusable


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_a_response_that_has_no_body_is_read_to_its_end(status):
    """Whatever length it states."""
    found = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 20\r\n\r\n")
    assert found is not None
    assert (found[0].content, found[1]) == (b"", True)


def test_headers_of_one_name_are_joined():
    """And names are in lower case."""
    found = read(OK + b"X-A: 1\r\nContent-Length: 0\r\nx-a:  2 \r\n\r\n")
    assert found is not None
    assert found[0].headers == {"x-a": "1, 2", "content-length": "0"}


# Responses that are not sound


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "without response"),
        (b"SSH-2.0-OpenSSH_9.0\r\n\r\n", "SSH-2.0"),
        (b"HTTP/2 200 OK\r\n\r\n", "HTTP/2"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "99 Low"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "101 is not the status"),
        (OK + b"Content-Type: application/protobuf\r\n", "in the middle"),
        (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "content-length 2, 3"),
        (OK + b"Content-Length: +2\r\n\r\nhi", "content-length +2"),
        (OK + b"Content-Length: -2\r\n\r\nhi", "content-length -2"),
        (OK + b"Content-Length:\r\n\r\nhi", "content-length"),
        (OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "length 9"),
        (OK + b"Transfer-Encoding: gzip\r\n\r\nhi", "transfer-encoding gzip"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "gzip, chunked"),
        (OK + b"no colon here\r\nContent-Length: 0\r\n\r\n", "without a name"),
        (OK + b" folded: line\r\nContent-Length: 0\r\n\r\n", "without a name"),
        (OK + b"name : value\r\nContent-Length: 0\r\n\r\n", "without a name"),
        (OK + b"name: value\r\n more\r\nContent-Length: 0\r\n\r\n", "several lines"),
        (OK + b"X: " + b"y" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n", "too many headers"),
        (OK + b"X: y\r\n" * 101 + b"Content-Length: 0\r\n\r\n", "more than 100 headers"),
        (OK + b"X: %s\r\n" % (b"y" * 2000) * 50 + b"\r\n", "too many headers"),
        (b"x" * 100_000, "too many headers"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, "too many headers|100 interim"),
        (OK + b"Content-Length: 10\r\n\r\nhi", "in the middle"),
        (CHUNKED + b"2\r\nhi\r\n", "in the middle"),
        (CHUNKED + b"5\r\nhi", "in the middle"),
        (CHUNKED + b"zz\r\nhi\r\n0\r\n\r\n", "IncompleteRead"),
        (CHUNKED + b"-5\r\nhi\r\n0\r\n\r\n", "not valid HTTP"),
        (CHUNKED + b"-1\r\n" + b"x" * 300_000, "between chunks"),
        (CHUNKED + b"1;" + b"x" * 300_000, "LineTooLong"),
        (CHUNKED + b"1;x=%s\r\na\r\n" % (b"x" * 2000) * 200, "between chunks"),
        (CHUNKED + b"0\r\n" + b"x-a: b\r\n" * 50_000, "between chunks|100 trailers"),
        (CHUNKED + b"1\r\na\r\n" * 100_000, "between chunks"),
    ],
)
def test_unsound_responses_are_refused(data, told):
    """By an error that says what is wrong; the server has seen the request.

    Newer versions of Python have limits of their own for some of it.
    """
    with pytest.raises(TransportError) as caught:
        over(Pieces([data]), Request("POST", URL))
    assert any(text in str(caught.value) for text in told.split("|"))
    assert caught.value.sent
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 999999\r\n\r\n",
        OK + b"\r\n" + b"x" * (LIMIT + 1),
        CHUNKED + b"FFFFFF\r\n" + b"x" * (LIMIT + 1),
        CHUNKED + b"1000\r\n%s\r\n" % (b"x" * 0x1000) * 100,
    ],
)
def test_a_body_over_the_limit_is_refused_at_the_limit(data):
    """Not much more than that is read; nothing of it, if the length says so before."""
    sock = Pieces([data])
    with pytest.raises(TransportError, match=f"larger than {LIMIT} bytes"):
        over(sock, Request("POST", URL))
    assert len(data) - sum(map(len, sock.pieces)) < LIMIT + 150_000


def test_a_token_in_a_broken_response_is_masked():
    """A server may echo the request."""
    token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkZXZrZXkifQ.c2lnbmF0dXJl"
    with pytest.raises(TransportError) as caught:
        over(Pieces([b"authorization: Bearer " + token + b"\r\n\r\n"]), Request("POST", URL))
    assert "eyJ" not in str(caught.value)


def test_a_body_of_tiny_chunks_is_read_but_not_without_end():
    """A thousand chunks of one byte are slow; a million are an attack."""
    found = read(CHUNKED + b"1\r\na\r\n" * 1000 + b"0\r\n\r\n")
    assert found is not None
    assert found[0].content == b"a" * 1000


@pytest.mark.parametrize("size", [0, 1, 8192, 100_000, LIMIT])
def test_bodies_of_any_size_up_to_the_limit(size):
    """Whichever way they are framed."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    for data in (
        OK + b"Content-Length: %d\r\n\r\n" % size + body,
        OK + b"\r\n" + body,
        CHUNKED + chunked(body, [50_000]),
    ):
        found = read(data, list(range(0, len(data), 9999)))
        assert found is not None
        assert found[0].content == body


# On sockets


def request(server, timeout: float = 5.0, content: bytes = b"", **facts) -> Request:
    return Request("POST", server.url + "/x", content=content, timeout=timeout, **facts)


def test_a_compressed_body_is_decompressed_up_to_the_limit():
    """Nobody asks for one, some proxies send one; a bomb is refused, and the connection kept."""

    def packed(body: bytes) -> bytes:
        data = gzip.compress(body)
        return OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data) + data

    with serving(packed(b"hi"), packed(b"x" * (LIMIT + 1)), packed(b"hi")) as server:
        transport = HTTPClientTransport(OPTIONS)
        assert transport.send(request(server)).content == b"hi"
        with pytest.raises(TransportError, match="larger than"):
            transport.send(request(server))
        assert transport.send(request(server)).content == b"hi"
        assert server.connections == 1
        transport.close()


@pytest.mark.parametrize(
    "drip",
    [
        OK,
        OK + b"Content-Length: 100000\r\n\r\n",
        CHUNKED,
        CHUNKED + b"FFFF\r\n",
        CHUNKED + b"0\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
    ],
)
def test_a_response_that_drips_ends_at_the_deadline(drip):
    """Each byte comes in time, all of them do not."""
    done = threading.Event()

    def slow(sock):
        sock.sendall(drip)
        with suppress(OSError):
            while not done.wait(0.01):
                sock.sendall(b"1")

    with serving(slow) as server:
        transport = HTTPClientTransport(OPTIONS)
        began = time.monotonic()
        with pytest.raises(TransportError, match=r"no complete response within 0\.3 s") as caught:
            transport.send(request(server, timeout=0.3))
        assert 0.25 < time.monotonic() - began < 3
        done.set()
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.sent
    assert not transport._pool._open


def test_a_server_that_does_not_read_ends_at_the_deadline():
    """The request does not get away as a whole, but a part of it did."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(TransportError, match=r"within 0\.3 s") as caught:
            HTTPClientTransport(OPTIONS).send(
                Request("POST", url, content=b"x" * 20_000_000, timeout=0.3)
            )
    assert caught.value.sent


def test_no_time_at_all_sends_nothing():
    """On an open connection either."""
    with serving(OK + b"Content-Length: 0\r\n\r\n") as server:
        transport = HTTPClientTransport(OPTIONS)
        transport.send(request(server))
        with pytest.raises(TransportError) as caught:
            transport.send(request(server, timeout=0.0))
        assert not caught.value.sent
        assert len(server.requests) == 1
        transport.close()


def test_a_response_that_comes_before_the_request_is_read_counts():
    """A server refuses a large request by its head, and closes."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"

    def refuse(listener):
        sock, _ = listener.accept()
        sock.recv(1000)
        sock.sendall(refusal)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 20):  # else the kernel would discard the response
            pass
        sock.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        transport = HTTPClientTransport(OPTIONS)
        response = transport.send(Request("POST", url, content=b"x" * 20_000_000))
        transport.close()
        thread.join()
    assert (response.status, response.content) == (413, b"no")


def test_a_peer_that_stops_reading_may_still_have_answered():
    """What it wrote before is read; if there is nothing, the failure to write is the error."""

    class Broken(Pieces):
        def send(self, data):
            raise BrokenPipeError(32, "Broken pipe")

    found = over(Broken([b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"]), Request("POST", URL))
    assert (found[0].status, found[0].content, found[1]) == (401, b"no", False)
    with pytest.raises(TransportError, match="Broken pipe") as caught:
        over(Broken([]), Request("POST", URL))
    assert caught.value.sent


@pytest.mark.parametrize("ending", [socket.socket.close, reset])
def test_a_connection_that_is_closed_instead_of_a_response(ending):
    """The server may have acted, and the error says so."""
    with serving(ending) as server, pytest.raises(TransportError) as caught:
        HTTPClientTransport(OPTIONS).send(request(server))
    assert caught.value.sent
    assert not isinstance(caught.value, ConnectError)


def test_a_redirect_and_a_cookie_are_left_alone():
    """The response is the caller's, and no state is kept."""
    found = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    with serving(found) as server:
        transport = HTTPClientTransport(OPTIONS)
        assert [transport.send(request(server)).status for _ in range(2)] == [302, 302]
        assert len(server.requests) == 2
        assert b"a=b" not in server.requests[1]
        transport.close()
