"""The reader of answers: against h11, an independent one, and where the two must differ."""

from __future__ import annotations

import itertools

import h11
import pytest
from hypothesis import given, settings, strategies as st

from lkapi.errors import TransportError
from lkapi.transports.http1 import MAX_HEAD_BYTES, AnswerReader, write_request

LIMIT = 10_000
EARLY = [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n"]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"


def read(data: bytes, cuts: list[int] = (), *, close: bool = True) -> AnswerReader | None:
    """Feed data in pieces; None if it is no sound answer."""
    reader = AnswerReader(LIMIT)
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    try:
        for start, end in itertools.pairwise(edges):
            if start < end and reader.feed(data[start:end]):
                return reader
        return reader if close and reader.feed(b"") else None
    except TransportError:
        return None


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
def answers(draw):
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
    early = draw(
        st.sampled_from(
            [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n"]
        )
    )
    return early + "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@given(answers(), cuts)
@settings(max_examples=300)
def test_sound_answers_are_read_as_h11_reads_them(data, cuts):
    """However they are cut into pieces."""
    mine, theirs = read(data, cuts), oracle(data)
    assert mine is not None
    assert theirs is not None
    assert (mine.status, mine.body) == (theirs[0], theirs[2])
    for name, value in theirs[1].items():
        assert name.decode() in mine.headers
        assert value.decode("latin-1").strip().lower() in mine.headers[name.decode()].lower()


@given(answers(), st.integers(0, 400), st.binary(min_size=1, max_size=3), cuts)
@settings(max_examples=300)
def test_damaged_answers_are_never_read_where_h11_refuses_them(data, at, damage, cuts):
    """What is accepted is accepted by both, with the same body."""
    at %= len(data)
    damaged = data[:at] + damage + data[at + len(damage) :]
    mine, theirs = read(damaged, cuts), oracle(damaged)
    if mine is not None and theirs is not None:
        assert mine.body == theirs[2]


@given(answers(), st.data())
def test_the_pieces_make_no_difference(data, draw):
    """One read, or a byte at a time."""
    whole, bytewise = read(data), read(data, list(range(len(data))))
    assert whole is not None
    assert bytewise is not None
    assert (whole.status, whole.headers, whole.body) == (
        bytewise.status,
        bytewise.headers,
        bytewise.body,
    )


@given(st.binary(max_size=200), cuts)
def test_rubbish_raises_only_transport_errors(data, cuts):
    """``read`` catches these and no others."""
    read(data, cuts)


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\nmore", False),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", False),
    ],
)
def test_a_connection_is_used_again_only_when_its_answer_surely_ended(data, reusable):
    """One byte too many, two framings, or no length: never again."""
    reader = read(data)
    assert reader is not None
    assert reader.reusable is reusable


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n", 1) + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\n\nbare line feeds",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhixx0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: line\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n",
        b"x" * (MAX_HEAD_BYTES + 1),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n",
        b"",
    ],
)
def test_unsound_answers_are_refused(data):
    """Each with a TransportError."""
    assert read(data) is None


def test_a_request_is_one_piece_of_bytes():
    """Head and body together, so that they leave in one packet."""
    data = write_request("POST", "/twirp/x", "host:1", {"content-type": "a/b"}, b"body")
    assert data == (
        b"POST /twirp/x HTTP/1.1\r\nhost: host:1\r\n"
        b"content-type: a/b\r\ncontent-length: 4\r\n\r\nbody"
    )
    assert b"content-length" not in write_request("GET", "/", "host", {}, b"")


def feed_all(start: bytes, piece: bytes, times: int) -> None:
    """Feed an answer that never ends."""
    reader = AnswerReader(10_000_000)
    assert not reader.feed(start)
    for _ in range(times):
        assert not reader.feed(piece)


@pytest.mark.parametrize("piece", [b"x-a: b\r\n" * 500, b"b" * 4000])
@pytest.mark.parametrize(
    "start", [CHUNKED + b"0\r\n", CHUNKED + b"0\r\nx: ", CHUNKED + b"5;", CHUNKED + b"5;x="]
)
def test_what_is_no_body_is_bounded_behind_the_head_too(start, piece):
    """Trailers and chunk extensions without end, for which a parser would keep memory."""
    with pytest.raises(TransportError, match="not sound HTTP"):
        feed_all(start, piece, 40)


def test_a_body_of_tiny_chunks_is_read_but_not_without_end():
    """A thousand chunks of one byte are slow; a million are an attack."""
    few = CHUNKED + b"1\r\na\r\n" * 1000 + b"0\r\n\r\n"
    reader = AnswerReader(10_000_000)
    assert reader.feed(few)
    assert reader.body == b"hi" + b"a" * 1000
    with pytest.raises(TransportError, match="not sound HTTP"):
        feed_all(CHUNKED, b"1\r\na\r\n" * 1000, 100)
