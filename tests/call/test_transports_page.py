"""The examples of docs/transports.md, run against servers and proxies of the kind they name."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import lkapi
from tests.call.scripted import answer, serving
from tests.call.test_tls_and_proxies import _pump, certificate, serving_tls  # noqa: F401

PAGE = Path(__file__).parents[2] / "docs/transports.md"
BLOCKS = dict(re.findall(r'```python title="(.+?)"\n(.*?)```', PAGE.read_text(), re.DOTALL))
ROOMS = answer(body=lkapi.ListRoomsResponse(rooms=[lkapi.Room(name="demo")]).to_bytes())


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """What the examples take from the environment."""
    monkeypatch.setenv("LIVEKIT_API_KEY", "devkey")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")


def run(title: str, url: str, monkeypatch, **replaced: str):
    """Run an example as it stands, but for addresses."""
    monkeypatch.setenv("LIVEKIT_URL", url)
    text = BLOCKS[title]
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    names: dict[str, object] = {}
    exec(compile(text, str(PAGE), "exec"), names)
    return asyncio.run(names["main"]()) if "main" in names else names["rooms"]


def receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += sock.recv(size - len(data))
    return data


@contextmanager
def socks_proxy():
    """A SOCKS5 proxy (RFC 1928) without a password, and the hosts that it was asked for."""
    asked: list[tuple[bytes, int]] = []

    def serve(sock: socket.socket) -> None:
        with suppress(OSError):
            receive(sock, receive(sock, 2)[1])
            sock.sendall(b"\x05\x00")
            kind = receive(sock, 4)[3]
            host = receive(sock, 4 if kind == 1 else receive(sock, 1)[0])
            port = int.from_bytes(receive(sock, 2), "big")
            asked.append((host, port))
            with socket.create_connection(("127.0.0.1", port)) as upstream:
                sock.sendall(b"\x05\x00\x00\x01" + bytes(6))
                threading.Thread(target=_pump, args=(upstream, sock), daemon=True).start()
                _pump(sock, upstream)
        sock.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                threading.Thread(target=serve, args=(sock,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("title", ["socks, async", "socks, sync"])
def test_a_socks_proxy(title, monkeypatch):
    """Every call goes through it."""
    with serving(ROOMS) as server, socks_proxy() as (port, asked):
        rooms = run(title, server.url, monkeypatch, **{"localhost:1080": f"127.0.0.1:{port}"})
        assert rooms.rooms[0].name == "demo"
        assert asked == [(socket.inet_aton("127.0.0.1"), server.port)]


def _serve_http2(sock: socket.socket) -> None:
    """One response to one request over HTTP/2."""
    import h2.config
    import h2.connection
    import h2.events

    config = h2.config.H2Configuration(client_side=False)
    connection = h2.connection.H2Connection(config)
    connection.initiate_connection()
    sock.sendall(connection.data_to_send())
    while data := sock.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.StreamEnded):
                headers = [(":status", "200"), ("content-type", "application/protobuf")]
                connection.send_headers(event.stream_id, headers)
                body = ROOMS.partition(b"\r\n\r\n")[2]
                connection.send_data(event.stream_id, body, end_stream=True)
        sock.sendall(connection.data_to_send())


def test_http2(certificate, monkeypatch):  # noqa: F811
    """The server speaks nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    context.set_alpn_protocols(["h2"])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    def serve() -> None:
        with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as sock:
            assert sock.selected_alpn_protocol() == "h2"
            _serve_http2(sock)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        rooms = run("http2", f"https://localhost:{listener.getsockname()[1]}", monkeypatch)
        thread.join(10)
    assert rooms.rooms[0].name == "demo"


def test_truststore(certificate, monkeypatch):  # noqa: F811
    """What the system trusts is trusted, and nothing else."""
    with serving_tls(certificate, ROOMS) as server:
        with pytest.raises(lkapi.ConnectError, match=r"(?i)certificate"):
            run("truststore", server.url, monkeypatch)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert run("truststore", server.url, monkeypatch).rooms[0].name == "demo"


def test_every_example_is_run():
    """None is added without a test."""
    assert set(BLOCKS) == {"socks, async", "socks, sync", "http2", "truststore"}
