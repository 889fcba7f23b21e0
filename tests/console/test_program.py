"""``lkapi console``, and the console of ``lkapi dev``, as programs."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from lkapi.cli import main
from lkapi.console import ConsoleSettings, RunningConsole
from lkapi.console.settings import DEFAULT_PORT
from lkapi.devserver import DevServer, HTTPFrontEnd, World
from tests.console.stages import KEY, SECRET, join


def running(*arguments: str):
    return started([sys.executable, "-m", "lkapi", *arguments])


@contextlib.contextmanager
def started(command: list[str]):
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_in(process) -> str:
    while line := process.stdout.readline():
        if found := re.match(r"console at (\S+)", line):
            return found[1]
    raise AssertionError(process.stderr.read())


def enter(address: str) -> str:
    answer = httpx.get(address, follow_redirects=True, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_command_serves_until_it_is_stopped():
    world = World()
    join(world, "demo", "ann")
    front = HTTPFrontEnd(DevServer(world))
    front.start()
    given = ("--url", front.url, "--api-key", KEY, "--api-secret", SECRET)
    try:
        with running("console", *given, "--port", "0") as process:
            address = address_in(process)
            assert "demo" in enter(address)
            assert address_in(process) != address
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
            assert process.stderr.read() == ""
    finally:
        front.close()


def test_lkapi_dev_prints_a_second_address():
    with running("dev", "--port", "0", "--console-port", "0", "--quiet") as process:
        page = enter(address_in(process))
        assert "development server" in page
        assert "World" in page
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_another_console_on_the_usual_port_does_not_stop_lkapi_dev():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # then it is taken already
            other.bind(("127.0.0.1", DEFAULT_PORT))
            other.listen()
        with running("dev", "--port", "0", "--quiet") as process:
            address = address_in(process)
            assert f":{DEFAULT_PORT}/" not in address
            assert "development server" in enter(address)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0


def test_without_the_extra_lkapi_dev_serves_and_says_how_to_add_the_console():
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "from lkapi.cli import main\n"
        "sys.exit(main(['dev', '--port', '0']))"
    )
    with started([sys.executable, "-c", code]) as process:
        lines = iter(process.stdout.readline, "")
        assert any("pip install 'lkapi-sdk[console]'" in line for line in lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_taken_port_of_the_console_is_named(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        given = ("--url", "http://127.0.0.1:1", "--api-key", "k", "--api-secret", "s" * 32)
        assert main(["console", *given, "--port", port]) != 0
        assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
        assert main(["dev", "--port", "0", "--console-port", port]) == 2
        assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--password-file"),
        (["--password-file", "/nothing/here"], "cannot read"),
    ],
)
def test_what_cannot_be_used_is_said(capsys, options, said):
    given = ["--url", "http://127.0.0.1:1", "--api-key", "k", "--api-secret", "s" * 32]
    assert main(["console", *given, "--port", "0", *options]) != 0
    error = capsys.readouterr().err
    assert said in error
    assert "s" * 32 not in error


def test_without_a_server_it_says_so(capsys, monkeypatch):
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert main(["console", "--port", "0"]) == 3
    assert "no credentials" in capsys.readouterr().err


def test_without_the_extra_the_way_to_install_it_is_said(capsys, monkeypatch):
    for name in [one for one in sys.modules if one.startswith("lkapi.console")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    assert main(["console", "--url", "http://x", "--token", "x.y.z"]) == 2
    assert "lkapi-sdk[console]" in capsys.readouterr().err
    assert main(["dev", "--port", "0", "--console-port", "0"]) == 2
    assert "lkapi-sdk[console]" in capsys.readouterr().err


def test_a_password_needs_no_token_in_the_address():
    from lkapi.console import Access, Password

    access = Access(password=Password("open sesame"))
    settings = ConsoleSettings(url="http://x", api_key="k", api_secret="s", port=0, access=access)
    running_console = RunningConsole(settings)
    assert running_console.address == f"http://127.0.0.1:{running_console.port}/"
    running_console._socket.close()
