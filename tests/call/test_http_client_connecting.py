"""How the sync default transport gets a connection: addresses, TLS, proxies, and the deadline."""

from __future__ import annotations

import base64
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace

import pytest

from lkapi.errors import ConnectError, RequestTimeoutError, TransportError
from lkapi.transports import timed_socket
from lkapi.transports.base import Request
from lkapi.transports.http_client import HTTPClientTransport
from lkapi.transports.options import HTTPOptions
from tests.call.scripted import answer, serving
from tests.call.test_tls_and_proxies import Proxy, certificate, serving_tls  # noqa: F401 - a fixture

DEAD, LIVE, REFUSING = "dead", "live", "refusing"


def transport_of(**options) -> HTTPClientTransport:
    return HTTPClientTransport(HTTPOptions(trust_env=False, **options))


# Addresses


class Network:
    """Addresses that connect, refuse or are silent, after so many seconds on a clock of its own."""

    def __init__(self, monkeypatch, *hosts: str, after: float = 0.01) -> None:
        self.now = 100.0
        self.after = after
        self.tried: list[tuple[str, float]] = []
        addresses = [(0, 0, 0, "", (host, 80)) for host in hosts]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        monkeypatch.setattr(timed_socket, "_connect", self.connect)
        monkeypatch.setattr(timed_socket, "time", SimpleNamespace(monotonic=lambda: self.now))

    def connect(self, address, seconds: float) -> str:
        host = address[4][0]
        self.tried.append((host, round(seconds, 3)))
        if host == REFUSING:
            raise ConnectionRefusedError(111, "Connection refused")
        if host == DEAD or self.after > seconds:
            self.now += seconds
            raise TimeoutError("timed out")
        self.now += self.after
        return host

    def result(self, seconds: float = 10.0) -> str:
        return timed_socket.connect("lk.test", 80, self.now + seconds)


def test_a_single_address_gets_all_the_time(monkeypatch):
    """There is no other to turn to."""
    network = Network(monkeypatch, LIVE, after=9.0)
    assert network.result() == LIVE
    assert network.tried == [(LIVE, 10.0)]


def test_a_dead_first_address_costs_a_moment(monkeypatch):
    """At most half a second, as one that refuses costs nothing."""
    network = Network(monkeypatch, DEAD, REFUSING, LIVE)
    assert network.result() == LIVE
    assert network.now - 100.0 <= 0.5


def test_a_slow_address_is_tried_again_with_the_rest_of_the_time(monkeypatch):
    """Those that refused are not."""
    network = Network(monkeypatch, REFUSING, DEAD, LIVE, after=1.0)
    assert network.result() == LIVE
    assert [host for host, _ in network.tried] == [REFUSING, DEAD, LIVE, DEAD, LIVE]
    assert network.now - 100.0 < 10.0


@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_dead_addresses_together_end_at_the_deadline(monkeypatch, count):
    """And the first round leaves the second one half of the time."""
    network = Network(monkeypatch, *[DEAD] * count)
    with pytest.raises(TimeoutError):
        network.result(1.0)
    assert network.now - 100.0 == pytest.approx(1.0)


def test_when_all_addresses_refuse_the_error_says_so(monkeypatch):
    """Without another round."""
    network = Network(monkeypatch, REFUSING, REFUSING)
    with pytest.raises(ConnectionRefusedError):
        network.result()
    assert len(network.tried) == 2


@contextmanager
def dead_address(port: int) -> Iterator[str]:
    """An address that ignores connections: a listener whose queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        for _ in range(4):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.2", port))
        yield "127.0.0.2"


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse when their queue is full")
def test_a_dead_address_on_real_sockets(monkeypatch):
    """Before a live one it costs half a second at most; alone it is a time-out, nothing sent."""
    resolve = socket.getaddrinfo
    with serving(answer()) as server, dead_address(server.port) as dead:
        transport, dead_url = transport_of(), f"http://{dead}:{server.port}"
        with pytest.raises(RequestTimeoutError, match=r"no connection within 0\.2 s") as caught:
            transport.send(Request("POST", dead_url, timeout=0.2))
        assert not caught.value.sent
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda _, *a, **k: resolve(dead, *a, **k) + resolve("127.0.0.1", *a, **k),
        )
        began = time.monotonic()
        assert transport.send(Request("POST", server.url)).status == 200
        assert 0.2 < time.monotonic() - began < 1.5
        transport.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".test", "a..b"])
def test_a_name_that_cannot_be_resolved_is_a_connect_error(host):
    """Whatever Python calls it."""
    with pytest.raises(ConnectError, match=r"could not connect: ."):
        transport_of().send(Request("POST", f"http://{host}/"))


def test_a_slow_resolver_cannot_be_interrupted(monkeypatch):
    """As the class says; nothing is sent when its result comes after the deadline."""
    network = Network(monkeypatch, LIVE)
    network.now = time.monotonic() + 100.0  # as if the name had taken so long
    with pytest.raises(RequestTimeoutError, match="no connection") as caught:
        transport_of().send(Request("POST", "http://lk.test/", timeout=5))
    assert not caught.value.sent
    assert network.tried == []


# TLS


def test_connections_over_tls_are_kept(certificate):  # noqa: F811
    """The session tickets of TLS 1.3, which come at any time, are not taken for a response."""
    with serving_tls(certificate, answer()) as server:
        transport = transport_of(ca_file=certificate[0])
        for _ in range(4):
            assert transport.send(Request("POST", server.url)).status == 200
            (kept,) = transport._pool._idle
            assert kept.is_usable()
        assert server.connections == 1
        transport.close()


def test_a_request_over_tls_that_is_read_slowly_ends_at_the_deadline(certificate):  # noqa: F811
    """SSLSocket.sendall would begin its time anew with each record."""
    gone = threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))

    def read_slowly(listener):
        with (
            suppress(OSError),
            context.wrap_socket(listener.accept()[0], server_side=True) as sock,
        ):
            while not gone.wait(0.02):
                sock.recv(16_384)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=read_slowly, args=(listener,))
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError) as caught:
            transport_of(ca_file=certificate[0]).send(
                Request("POST", url, content=b"x" * 30_000_000, timeout=0.5)
            )
        took = time.monotonic() - began
        gone.set()
        thread.join()
    assert caught.value.sent
    assert took < 2.5


@pytest.mark.parametrize("drip", [b"", b"\x16\x03\x03\x40\x00" + b"x" * 10])
def test_a_handshake_that_does_not_end_ends_at_the_deadline(drip):
    """No byte of the request was sent."""
    gone = threading.Event()

    def slow(listener):
        sock, _ = listener.accept()
        for byte in drip * 100:
            if gone.wait(0.02):
                break
            sock.sendall(bytes([byte]))
        gone.wait(10)
        sock.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=slow, args=(listener,))
        thread.start()
        transport = transport_of()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        with pytest.raises(RequestTimeoutError, match="no connection") as caught:
            transport.send(Request("POST", url, timeout=0.3))
        gone.set()
        thread.join()
    assert not caught.value.sent
    assert not transport._pool._open


def test_a_wrong_certificate_is_named_and_nothing_is_sent(certificate):  # noqa: F811
    """By its cause, as OpenSSL gives it."""
    with serving_tls(certificate, answer()) as server:
        with pytest.raises(ConnectError, match=r"certificate verify failed: self.signed"):
            transport_of().send(Request("POST", server.url))
        assert server.requests == []


# Proxies


def test_an_http_request_by_a_proxy_has_the_whole_url_and_the_servers_host():
    """And the proxy's user and password."""
    with serving(answer()) as server:
        transport = transport_of(proxy=server.url.replace("//", "//user:p%40ss@"))
        for _ in range(2):
            assert transport.send(Request("POST", "http://lk.test:7880/x?y=z")).status == 200
        assert server.connections == 1
        transport.close()
    head = server.requests[0].decode()
    assert head.startswith("POST http://lk.test:7880/x?y=z HTTP/1.1\r\nhost: lk.test:7880\r\n")
    assert f"Basic {base64.b64encode(b'user:p@ss').decode()}\r\n" in head


@pytest.mark.parametrize(
    ("url", "where"),
    [("https://lk.test/x", "lk.test:443"), ("https://[::1]:7881/x", "[::1]:7881")],
)
def test_a_tunnel_is_asked_for_by_host_and_port(url, where):
    """With the proxy's user and password, and nothing of the request."""
    with serving(b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n") as server:
        transport = transport_of(proxy=server.url.replace("//", "//user:secret@"))
        with pytest.raises(ConnectError, match=r"proxy 127.0.0.1:\d+ answered 503 Down") as caught:
            transport.send(Request("POST", url, {"authorization": "Bearer x"}, b"body"))
        assert "secret" not in str(caught.value)
    assert server.requests[0].decode().splitlines()[:2] == [
        f"CONNECT {where} HTTP/1.1",
        f"host: {where}",
    ]
    assert b"Bearer" not in b"".join(server.requests)
    assert not transport._pool._open


@pytest.mark.parametrize("url", ["http://lk.test/", "https://lk.test/"])
@pytest.mark.parametrize(
    "refusal",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nsorry",
        b"HTTP/1.1 407 \r\n\r\n",
    ],
)
def test_a_proxy_that_wants_a_password_says_so(url, refusal):
    """The server has not seen the request."""
    with serving(refusal) as server:
        transport = transport_of(proxy=server.url)
        with pytest.raises(ConnectError, match=r"(?s)proxy.*407.*password") as caught:
            transport.send(Request("POST", url))
        assert not caught.value.sent
        assert not transport._pool._open


@pytest.mark.parametrize(
    "reply",
    [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, b"HTTP/1.1 101 \r\n\r\n"],
)
def test_a_proxy_that_speaks_no_http_is_a_connect_error(reply):
    """It names the proxy."""

    def play(sock):
        sock.sendall(reply)
        sock.close()

    with serving(play) as server:
        transport = transport_of(proxy=server.url)
        with pytest.raises(ConnectError, match="proxy") as caught:
            transport.send(Request("POST", "https://lk.test/"))
        assert not caught.value.sent


def test_a_proxy_that_drips_ends_at_the_deadline():
    """Nothing of the request was sent."""
    gone = threading.Event()

    def drip(sock):
        sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not gone.wait(0.01):
            sock.sendall(b"y")

    with serving(drip) as server:
        transport = transport_of(proxy=server.url)
        with pytest.raises(RequestTimeoutError, match="no connection") as caught:
            transport.send(Request("POST", "https://lk.test/", timeout=0.3))
        gone.set()
    assert not caught.value.sent


def test_a_server_behind_a_proxy_whose_response_is_lost_may_have_acted():
    """Only what the proxy itself refuses was not sent."""
    with serving(socket.socket.close) as server:
        transport = transport_of(proxy=server.url)
        with pytest.raises(TransportError) as caught:
            transport.send(Request("POST", "http://lk.test/"))
    assert caught.value.sent
    assert not isinstance(caught.value, ConnectError)


def test_the_status_407_of_a_server_behind_a_tunnel_is_its_own(certificate):  # noqa: F811
    """The proxy sees nothing of it, so it cannot be the proxy's."""
    with serving_tls(certificate, answer("407 Odd")) as server:
        proxy = Proxy()
        transport = transport_of(proxy=proxy.url, ca_file=certificate[0])
        assert transport.send(Request("POST", server.url)).status == 407
        assert len(proxy.requests) == 1
        transport.close()
        proxy.close()


def test_an_https_proxy_is_spoken_to_over_tls(certificate):  # noqa: F811
    """For http urls; its certificate is checked like a server's."""
    with serving_tls(certificate, answer()) as server:
        transport = transport_of(proxy=server.url, ca_file=certificate[0])
        assert transport.send(Request("POST", "http://lk.test/x")).status == 200
        with pytest.raises(ConnectError, match="certificate verify failed"):
            transport_of(proxy=server.url).send(Request("POST", "http://lk.test/x"))
        transport.close()
    assert server.requests[0].startswith(b"POST http://lk.test/x HTTP/1.1\r\n")
