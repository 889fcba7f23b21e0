"""The command in a real pseudo-terminal of 80 and 120 columns: width, colour, questions, Ctrl-C."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import sys

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals are a matter of Unix")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LIMIT = 60.0


class Terminal:
    """One run of lkapi in a pseudo-terminal."""

    def __init__(self, columns, arguments, environ):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child is replaced by lkapi
            os.environ.clear()
            os.environ.update(environ)
            size = struct.pack("HHHH", 40, columns, 0, 0)
            fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCSWINSZ, size)
            os.execv(sys.executable, [sys.executable, "-m", "lkapi", *arguments])

    def read_until(self, text):
        """Read until a text shows up, or to the end for None."""
        while text is None or text not in self.text:
            ready, _, _ = select.select([self.fd], [], [], LIMIT)
            assert ready, f"nothing came in {LIMIT} s after {self.text!r}"
            if not self._read():
                assert text is None, f"{text!r} did not come: {self.text!r}"
                return

    def _read(self):
        """Read what is there; False at the end."""
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.text += data.decode()
        return bool(data)

    def end(self):
        """The exit code, once all has been read."""
        self.read_until(None)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)

    def interrupt(self):
        """Press Ctrl-C until it ends: readline overlooks one that comes just before it waits."""
        while True:
            os.write(self.fd, b"\x03")
            while select.select([self.fd], [], [], 2)[0]:
                if not self._read():
                    return self.end()

    @property
    def lines(self):
        """What was shown, without colours."""
        return [line.rstrip() for line in CODES.sub("", self.text).replace("\r", "").split("\n")]


@pytest.fixture
def terminal(server):
    environ = {
        **{name: server[name] for name in server.environ if name.startswith("LIVEKIT_")},
        "TERM": "xterm-256color",
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        **{name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")},
    }

    def start(columns, *arguments, **more):
        return Terminal(columns, arguments, {**environ, **more})

    return start


LISTS = (
    ("room", "list"),
    ("participant", "list", "demo"),
    ("egress", "list"),
    ("ingress", "list"),
    ("sip", "inbound", "list"),
    ("sip", "outbound", "list"),
    ("sip", "rule", "list"),
    ("dispatch", "list", "demo"),
    ("number", "list"),
    ("analytics", "sessions"),
)


@pytest.mark.parametrize(
    ("columns", "arguments"),
    [*((80, words) for words in LISTS), *((120, words) for words in LISTS[::4])],
    ids=str,
)
def test_lists_fit_the_terminal_and_show_their_keys_whole(arguments, columns, terminal, lk):
    run = terminal(columns, *arguments)
    assert run.end() == 0, run.text
    table = [line for line in run.lines if line and "reading" not in line]
    assert max(map(len, table)) <= columns
    keys = lk(*arguments, "-q").out.split()
    assert keys
    for key in keys:
        assert any(key in line for line in table), key
    assert "\x1b[1m" in run.text


def test_no_color(terminal):
    run = terminal(80, "room", "list", NO_COLOR="1")
    assert run.end() == 0
    assert not re.search(r"\x1b\[(3|4|9)\d", run.text)


@pytest.mark.parametrize(("answer", "code", "there"), [("n", 1, True), ("y", 0, False)])
def test_a_question_is_asked_before_something_is_destroyed(answer, code, there, terminal, server):
    run = terminal(80, "room", "delete", "other")
    run.read_until("[y/N]: ")
    os.write(run.fd, f"{answer}\n".encode())
    assert run.end() == code
    assert ("other" in server.world.rooms) is there
    assert ("you answered no" in run.text) is there


def test_ctrl_c_at_a_question(terminal, server):
    run = terminal(80, "room", "delete", "other")
    run.read_until("[y/N]: ")
    assert run.interrupt() == 130
    assert "Traceback" not in run.text
    assert "other" in server.world.rooms


def test_watching_in_place_until_ctrl_c(terminal, server):
    run = terminal(80, "room", "list", "--watch", "--every", "100ms")
    run.read_until("2 now")
    server.world.close_room("other")
    run.read_until("1 now")
    os.kill(run.pid, signal.SIGINT)
    assert run.end() == 130
    assert "Traceback" not in run.text


def test_waiting_shows_what_for(terminal, server):
    run = terminal(80, "egress", "wait", server["EGRESS"])
    run.read_until("is active")
    server.world.egresses.fail(server["EGRESS"], "disk full")
    assert run.end() == 1
    assert "disk full" in run.text


def test_a_token_is_explained_on_a_terminal(terminal):
    run = terminal(80, "token", "create", "--list", "--ttl", "10m")
    assert run.end() == 0
    assert any(line.split()[:3] == ["validity", "valid", "for"] for line in run.lines)


def test_a_token_is_asked_for_where_nothing_is_piped_in(terminal):
    run = terminal(80, "token", "decode")
    assert run.end() == 2
    assert "give the token, or pipe it in" in run.text


@pytest.mark.parametrize("columns", [80, 120])
def test_help_fits(columns, terminal):
    run = terminal(columns, "--help")
    assert run.end() == 0
    assert max(map(len, run.lines)) <= columns
