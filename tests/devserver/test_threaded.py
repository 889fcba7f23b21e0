"""The threaded HTTP front end, spoken to with bare HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

from lkapi.devserver import HTTPFrontEnd, SystemClock, World, WorldConfig
from lkapi.devserver.program.certificates import self_signed
from lkapi.protocol.room import CreateRoomRequest
from tests.devserver.tokens import KEYS, video

PATH = "/twirp/livekit.RoomService/CreateRoom"


@pytest.fixture
def front() -> Iterator[HTTPFrontEnd]:
    with HTTPFrontEnd(World(keys=KEYS)) as front:
        yield front


@pytest.fixture
def connection(front: HTTPFrontEnd) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
    yield connection
    connection.close()


def headers() -> dict[str, str]:
    token = video(time.time(), roomCreate=True, roomList=True)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def test_one_connection_for_many_calls(connection: http.client.HTTPConnection) -> None:
    """53: connections are kept alive, after errors too."""
    used: set[int] = set()
    for path, status in ((PATH, 200), ("/nope", 404), ("/twirp//x", 307), (PATH, 200)):
        connection.request("POST", path, b'{"name":"demo"}', headers())
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is not None
        used.add(connection.sock.fileno())
    assert len(used) == 1


def test_head_has_a_length_and_no_body(connection: http.client.HTTPConnection) -> None:
    """4: the connection stays usable after HEAD, and after 204."""
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert (answer.headers["Content-Length"], answer.read()) == ("2", b"")
    connection.request("GET", "/whip/v1")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (204, None, b"")
    connection.request("PURGE", "/")
    assert connection.getresponse().read() == b"OK"


def test_chunked_request(connection: http.client.HTTPConnection) -> None:
    """28: chunked requests work, with extensions and trailers."""
    connection.putrequest("POST", PATH)
    for name, value in {**headers(), "Transfer-Encoding": "chunked"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b'8;ext=1\r\n{"name":\r\n7\r\n"chunk"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n')
    assert json.loads(connection.getresponse().read())["name"] == "chunk"
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"OK"


def test_expect_continue(front: HTTPFrontEnd) -> None:
    """A client may wait for leave to send its body."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
        lines = [f"POST {PATH} HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 2"]
        lines += [f"{name}: {value}" for name, value in headers().items()]
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 100")
        raw.sendall(b"{}")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: x", b"400"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: 999999999999", b"413"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nfffffffffff", b"413"),
        (b"Content-Length: 99\r\n\r\nshort", b"400"),
    ],
)
def test_broken_bodies_are_refused(front: HTTPFrontEnd, head: bytes, status: bytes) -> None:
    """A body that cannot be read ends the connection with a clear status."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        raw.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.split(b" ")[1] == status
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"505"),
        (b"GET / FTP/1.1\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nName : x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"A: xxxxxxxxxxxxxxxx\r\n" * 20_000 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nA: cut off", b"400"),
    ],
)
def test_broken_heads_are_refused(front: HTTPFrontEnd, head: bytes, status: bytes) -> None:
    """A clear status, and the end of the connection; the server goes on."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
        with contextlib.suppress(OSError):  # it may hang up before everything is sent
            raw.sendall(head)
            raw.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.split(b" ")[1] == status or len(head) > 60_000
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", front.port)) as client:
        client.request("GET", "/")
        assert client.getresponse().read() == b"OK"


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"GET / HTTP/1.1\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n", False),
        (b"GET / HTTP/1.0\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_connections_are_kept_as_the_client_asks(
    front: HTTPFrontEnd, head: bytes, kept: bool
) -> None:
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
        raw.sendall(head + b"\r\n" + b"\r\n" + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.count(b"HTTP/1.1 200 OK") == (2 if kept else 1)
    assert re.search(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n", answer)


def test_fields_that_occur_again(front: HTTPFrontEnd) -> None:
    """They are joined, except for the token: there the first counts."""
    good = headers()["Authorization"]
    for first, second, status in ((good, "Bearer x", b"200"), ("Bearer x", good, b"401")):
        lines = [f"POST {PATH} HTTP/1.1", "content-type: application/json", "Content-Length: 2"]
        lines += [f"Authorization: {first}", f"authorization: {second}", "Connection: close"]
        with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
            raw.sendall("\r\n".join([*lines, "", "{}"]).encode())
            answer = b"".join(iter(lambda: raw.recv(4096), b""))
        assert answer.split(b" ")[1] == status


def test_a_client_that_does_not_speak_tls_keeps_nobody_waiting() -> None:
    """Its connection ends; those of others are served meanwhile."""
    pytest.importorskip("cryptography")
    with (
        self_signed("127.0.0.1") as (context, certificate),
        HTTPFrontEnd(World(keys=KEYS), tls=context) as front,
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as silent,
    ):
        assert front.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=certificate)
        client = http.client.HTTPSConnection("127.0.0.1", front.port, timeout=10, context=trusting)
        client.request("POST", PATH, b'{"name":"demo"}', headers())
        assert client.getresponse().status == 200
        client.close()
        silent.sendall(b"GET / HTTP/1.1\r\n\r\n")
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = b"".join(iter(lambda: silent.recv(4096), b""))
        assert not answer.startswith(b"HTTP")


def test_many_threads(front: HTTPFrontEnd) -> None:
    """Sixteen clients at once lose nothing."""
    failures: list[object] = []

    def work(number: int) -> None:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
        for call in range(10):
            client.request("POST", PATH, json.dumps({"name": f"{number}-{call}"}), headers())
            answer = client.getresponse()
            if answer.status != 200 or b"RM_" not in answer.read():
                failures.append((number, call, answer.status))
        client.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(front.world.rooms) == 160


def test_closing_hangs_up(front: HTTPFrontEnd, connection: http.client.HTTPConnection) -> None:
    """After close nothing is served, not on open connections either."""
    connection.request("GET", "/")
    connection.getresponse().read()
    front.close()
    front.close()

    def ask() -> None:
        connection.request("GET", "/")
        connection.getresponse()

    with contextlib.suppress(http.client.RemoteDisconnected):
        ask()
    with pytest.raises(OSError):  # noqa: PT011 - reset or refused, as the system has it
        ask()


def test_a_fault_of_the_front_end_is_logged(
    front: HTTPFrontEnd, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug ends the connection, and the log says why; a client that goes away is no news."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=10) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        raw.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
    monkeypatch.setattr(front.server, "exchange", lambda request: 1 / 0)
    client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
    client.request("GET", "/")
    with pytest.raises(http.client.RemoteDisconnected):
        client.getresponse()
    client.close()
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ZeroDivisionError
    ]


def test_rooms_end_without_a_call(front: HTTPFrontEnd) -> None:
    """34: a served world closes its rooms by itself, and tells it."""
    finished = threading.Event()
    front.world.events.listen(lambda event: event.event == "room_finished" and finished.set())
    front.world.create_room(CreateRoomRequest(name="brief", empty_timeout=60))
    front.world.clock.advance(61)
    assert finished.wait(timeout=20)


def test_real_waits_are_waited() -> None:
    """With real waits the caller's deadline passes in real time."""
    world = World(clock=SystemClock(real_waits=True), config=WorldConfig(keys=KEYS))
    with HTTPFrontEnd(world) as front:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
        token = video(time.time(), roomAdmin=True, room="r")
        sent = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Twirp-Timeout-Ms": "200",
        }
        before = time.monotonic()
        client.request("POST", "/twirp/livekit.RoomService/SendData", b'{"room":"r"}', sent)
        answer = client.getresponse()
        assert (answer.status, b"canceled" in answer.read()) == (408, True)
        assert time.monotonic() - before >= 0.2
        client.close()


def test_ipv6_where_there_is_one() -> None:
    """The URL of an IPv6 address is in brackets."""
    try:
        front = HTTPFrontEnd(host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    with front:
        assert front.url == f"http://[::1]:{front.port}"
        client = http.client.HTTPConnection("::1", front.port, timeout=10)
        client.request("GET", "/")
        assert client.getresponse().read() == b"OK"
        client.close()
