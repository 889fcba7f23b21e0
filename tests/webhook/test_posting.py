"""Posting a webhook without an HTTP library: what arrives, and what fails how."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from lkapi.webhook.posting import post_event

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {"Authorization": "token", "Content-Type": "application/webhook+json"}
MOVED = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def responder(response: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server for one request: its authority, and what it received until the client closed."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(ConnectionError):
                connection.settimeout(10)
                received.append(connection.recv(65536))
                connection.sendall(response)
                while more := connection.recv(65536):
                    received.append(more)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}", received
        thread.join()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("", "/"),
        ("/", "/"),
        ("/hooks/livekit", "/hooks/livekit"),
        ("/hooks?key=a&b=%20c", "/hooks?key=a&b=%20c"),
        ("?key=a", "/?key=a"),
        ("/hooks#part", "/hooks"),
    ],
)
def test_what_arrives(target: str, path: str) -> None:
    """The path and the query of the url, the headers, and the body as it is."""
    with responder(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok") as (host, received):
        assert post_event(f"http://{host}{target}", HEADERS, b'{"event": "x"}') == 202
    head, _, body = b"".join(received).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"POST {path} HTTP/1.1"
    assert {f"Host: {host}", "Authorization: token", "Content-Length: 14"} <= set(lines)
    assert body == b'{"event": "x"}'


def test_a_redirect_is_returned_and_not_followed() -> None:
    """The webhook is not sent to an address that its receiver did not configure."""
    with responder(MOVED) as (host, received):
        assert post_event(f"http://{host}/", HEADERS, b"") == 307
    assert len(received) == 1


def test_https_is_tls_and_its_certificate_is_checked() -> None:
    """A server without TLS does not receive the token."""
    with responder(b"HTTP/1.1 200 OK\r\n\r\n") as (host, received), pytest.raises(OSError):  # noqa: PT011 - ssl.SSLError
        post_event(f"https://{host}/", HEADERS, b"")
    assert b"token" not in b"".join(received)


def test_failures_are_those_of_the_standard_library() -> None:
    """A closed port is an OSError, and junk is an HTTPException."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            post_event(f"http://127.0.0.1:{taken.getsockname()[1]}/", HEADERS, b"")
    with responder(b"junk\r\n\r\n") as (host, _), pytest.raises(HTTPException):
        post_event(f"http://{host}/", HEADERS, b"")


def test_an_attempt_is_limited_in_time_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds for each wait; of an endless body, only the beginning is read."""
    asked: list[Any] = []
    connect = socket.create_connection

    def noting(address: Any, timeout: Any = None, *rest: Any) -> socket.socket:
        asked.append(timeout)
        return connect(address, timeout, *rest)

    monkeypatch.setattr("socket.create_connection", noting)
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 65536
    with responder(endless) as (host, _):
        assert post_event(f"http://{host}/", HEADERS, b"") == 200
    assert asked == [10.0]
