"""The connections of the sync default transport: kept, checked, limited, and never lost."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress

import pytest

from lkapi.errors import RequestTimeoutError, TransportError
from lkapi.transports.base import Request
from lkapi.transports.http_client import HTTPClientTransport
from lkapi.transports.options import HTTPOptions, Limits
from tests.call.scripted import ScriptedServer, _read_request, answer, reset, serving

SECONDS = 10


def transport_of(**limits) -> HTTPClientTransport:
    return HTTPClientTransport(HTTPOptions(trust_env=False, limits=Limits(**limits)))


def request(server, timeout: float = 5.0, **facts) -> Request:
    return Request("POST", server.url + "/x", timeout=timeout, **facts)


def until(condition) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


class Gate:
    """A step of a script that holds its response back until it is opened."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self, sock: socket.socket) -> None:
        self.arrived.release()
        assert self.opened.wait(SECONDS)
        sock.sendall(answer())


def test_the_connection_used_last_is_taken_first():
    """So that the others grow old and go."""
    gate = Gate()
    with serving(gate, gate, answer()) as server:
        transport = transport_of()
        threads = [threading.Thread(target=transport.send, args=(request(server),)) for _ in "ab"]
        for thread in threads:
            thread.start()
            assert gate.arrived.acquire(timeout=SECONDS)
        gate.opened.set()
        for thread in threads:
            thread.join()
        first, last = transport._pool._idle
        transport.send(request(server))
        assert transport._pool._idle == [first, last]
        assert server.connections == 2
        transport.close()


def test_idle_connections_are_limited_and_the_oldest_goes():
    """And those that have been idle too long are closed with the next call, to any server."""
    with serving(answer()) as one, serving(answer()) as two, serving(answer()) as three:
        transport = transport_of(idle=2, idle_seconds=60)
        for server in (one, two, three):
            transport.send(request(server))
        oldest, _ = transport._pool._idle
        assert [kept.target.port for kept in transport._pool._idle] == [two.port, three.port]
        oldest.idle_since -= 61
        transport.send(request(three))
        assert [kept.target.port for kept in transport._pool._idle] == [three.port]
        assert oldest._socket.reader.sock.fileno() == -1
        transport.close()


def test_unused_connections_make_room_for_others():
    """The limit is on open ones, whatever they lead to."""
    with serving(answer()) as one, serving(answer()) as two:
        transport = transport_of(connections=1)
        for server in (one, two, one):
            transport.send(request(server))
            assert len(transport._pool._open) == 1
        transport.close()


def test_a_call_waits_for_a_free_connection_until_its_deadline():
    """Then it says so; or it gets the one that comes free."""
    gate, results = Gate(), []
    with serving(gate, answer()) as server:
        transport = transport_of(connections=1)
        first = threading.Thread(target=transport.send, args=(request(server),))
        first.start()
        assert gate.arrived.acquire(timeout=SECONDS)
        with pytest.raises(RequestTimeoutError, match=r"no connection became free") as no:
            transport.send(request(server, timeout=0.2))
        assert not no.value.sent
        second = threading.Thread(
            target=lambda: results.append(transport.send(request(server)).status)
        )
        second.start()
        gate.opened.set()
        first.join()
        second.join()
        assert results == [200]
        assert server.connections == 1
        transport.close()


def _close(sock):
    sock.sendall(answer())
    sock.close()


def _reset(sock):
    sock.sendall(answer())
    reset(sock)


@pytest.mark.parametrize("ending", [_close, _reset])
def test_a_connection_that_the_server_closed_is_not_used(ending):
    """It is noticed before the request is sent."""
    with serving(ending, answer()) as server:
        transport = transport_of()
        transport.send(request(server))
        (kept,) = transport._pool._idle
        until(lambda: not kept.is_usable())
        assert transport.send(request(server)).status == 200
        assert server.connections == 2
        transport.close()


@pytest.mark.parametrize("extra", [answer(body=b"planted"), b"\r\n", b"H"])
@pytest.mark.parametrize("later", [False, True])
def test_what_nobody_asked_for_is_never_read_as_a_response(extra, later):
    """It comes in the packet of the response before, or while the connection is idle."""
    go, gone = threading.Event(), threading.Event()

    def two(sock):
        if later:
            sock.sendall(answer(body=b"asked"))
            assert go.wait(SECONDS)
            sock.sendall(extra)
        else:
            sock.sendall(answer(body=b"asked") + extra)
        gone.set()

    with serving(two, answer(body=b"second")) as server:
        transport = transport_of()
        assert transport.send(request(server)).content == b"asked"
        (kept,) = transport._pool._idle
        go.set()
        assert gone.wait(SECONDS)
        until(lambda: not kept.is_usable())
        assert transport.send(request(server)).content == b"second"
        assert server.connections == 2
        transport.close()


def test_a_request_that_cannot_be_repeated_gets_a_fresh_connection():
    """A new one, or one that was idle for less than a second."""
    with serving(answer()) as server:
        transport = transport_of()
        transport.send(request(server))
        transport.send(request(server, fresh_connection=True))
        assert server.connections == 1
        (kept,) = transport._pool._idle
        kept.idle_since -= 1.0
        transport.send(request(server, fresh_connection=True))
        assert server.connections == 2
        assert kept in transport._pool._idle
        transport.close()


def test_a_fresh_connection_replaces_an_old_one_when_there_may_be_no_other():
    """The limit holds, and the call does not wait for what nobody uses."""
    with serving(answer()) as server:
        transport = transport_of(connections=1)
        transport.send(request(server))
        transport._pool._idle[0].idle_since -= 1.0
        transport.send(request(server, timeout=1.0, fresh_connection=True))
        assert server.connections == 2
        assert len(transport._pool._open) == 1
        transport.close()


def test_closing_lets_calls_end_and_a_closed_transport_opens_again():
    """Their connections close behind them."""
    gate, results = Gate(), []
    with serving(gate, answer()) as server:
        transport = transport_of()
        pool = transport._pool
        thread = threading.Thread(
            target=lambda: results.append(transport.send(request(server)).status)
        )
        thread.start()
        assert gate.arrived.acquire(timeout=SECONDS)
        transport.close()
        gate.opened.set()
        thread.join()
        assert results == [200]
        assert not pool._open
        assert transport.send(request(server)).status == 200
        assert server.connections == 2
        transport.close()
        transport.close()


class Echo(ScriptedServer):
    """A server whose response is the body of the request."""

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            while sent := _read_request(sock):
                sock.sendall(answer(body=sent.partition(b"\r\n\r\n")[2]))


def test_twenty_four_threads_share_the_connections():
    """Every call gets its own response, and no more are opened than threads, or than the limit."""
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(20):
            body = b"%d/%d" % (number, turn)
            content = transport.send(Request("POST", server.url, content=body)).content
            if content != body:
                wrong.append(content)

    server = Echo()
    for connections in (100, 5):
        transport = transport_of(connections=connections)
        before = server.connections
        threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0 < server.connections - before <= min(24, connections)
        assert len(transport._pool._open) == len(transport._pool._idle)
        transport.close()
    server.close()
    assert wrong == []


# Interruptions


class Interrupter:
    """Raises KeyboardInterrupt where the interpreter may: when a function begins, or one of C ends.

    Not when ``Lock.__exit__`` begins, which a profile function sees too.
    """

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame, event, argument) -> None:
        if event in ("call", "c_return"):
            self.left -= 1
            if self.left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt

    def run(self, call) -> bool:
        """Whether it was in time."""
        sys.setprofile(self)
        try:
            call()
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)
        return self.left <= 0


@pytest.fixture
def half_made(monkeypatch):
    """Objects of the standard library whose ``__init__`` was interrupted complain when they go."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)


@pytest.mark.usefixtures("half_made")
def test_an_interruption_anywhere_loses_no_connection():
    """On an open connection: it is kept or closed, and the limit of one is never used up."""
    at, calls = 1, 0
    with serving(answer()) as server:
        transport = transport_of(connections=1)
        transport.send(request(server))
        while Interrupter(at).run(lambda: transport.send(request(server))):
            assert not transport._pool.lock._is_owned()
            assert len(transport._pool._open) == len(transport._pool._idle)
            transport.send(request(server, timeout=SECONDS))
            at, calls = at + 1, calls + 1
        transport.close()
    assert calls > 200


@pytest.mark.usefixtures("half_made")
def test_an_interruption_while_connecting_leaves_nothing_open():
    """A socket that nobody has yet closes as well, with Python's own warning."""
    at, fresh = 1, answer("200 OK", b"", "text/plain", "Connection: close")
    with serving(fresh) as server:
        transport = transport_of(connections=1)
        while Interrupter(at).run(lambda: transport.send(request(server))):
            assert not transport._pool.lock._is_owned()
            assert not transport._pool._open
            at += 1
        assert at > 200
        transport.send(request(server))


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs pthread_kill")
def test_an_interrupted_wait_for_a_response_closes_the_connection():
    """By a real signal; the connection is not used again."""

    def wait_and_interrupt(sock):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        sock.recv(1)

    with serving(wait_and_interrupt, answer()) as server:
        transport = transport_of(connections=1)
        with pytest.raises(KeyboardInterrupt):
            transport.send(request(server))
        assert not transport._pool._open
        assert transport.send(request(server)).status == 200
        transport.close()


# Processes and oblivion


def run_python(code: str, *arguments: str) -> str:
    """What a program prints that must end well, with warnings as errors."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.stderr, ran.returncode) == ("", 0)
    return ran.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_shares_no_connection():
    """The child opens its own, even if a thread held the lock of the pool just then."""
    code = """
        import os, sys
        from lkapi.transports.base import Request
        from lkapi.transports.http_client import HTTPClientTransport

        request = Request("POST", sys.argv[1])
        transport = HTTPClientTransport()
        transport.send(request)
        with transport._pool.lock:
            child = os.fork()
        if not child:
            os._exit(0 if [transport.send(request).status for _ in "ab"] == [200, 200] else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), transport.send(request).status)
    """
    with serving(answer()) as server:
        assert run_python(code, server.url) == "0 200\n"
        assert (server.connections, len(server.requests)) == (2, 4)


def test_a_forgotten_transport_closes_its_connections_without_a_warning():
    """When it goes, or when the interpreter ends."""
    code = """
        import gc, sys
        gc.disable()
        from lkapi.transports.base import Request
        from lkapi.transports.http_client import HTTPClientTransport

        def call():
            transport = HTTPClientTransport()
            transport.send(Request("POST", sys.argv[1]))
            sock = transport._pool._idle[0]._socket.reader.sock
            return transport, sock

        transport, sock = call()
        del transport
        print(sock.fileno())
        kept = call()
    """
    with serving(answer()) as server:
        assert run_python(code, server.url) == "-1\n"


def test_failed_calls_leave_no_garbage_that_holds_a_socket():
    """Sockets close with the call, not with the next run of the collector."""

    def cut(sock):
        sock.sendall(answer(length=10_000))
        sock.close()

    gc.collect()
    gc.disable()
    try:
        with serving(cut, reset, b"rubbish\r\n\r\n") as server:
            transport = transport_of()
            for _ in range(3):
                with pytest.raises(TransportError):
                    transport.send(request(server))
                assert not transport._pool._open
    finally:
        gc.enable()
