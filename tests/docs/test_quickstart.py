"""The quickstart as a reader would do it: each file, each command, up to the verified webhook."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.devserver.program import running
from tests.docs.pages import ROOT, blocks_of

BLOCKS = blocks_of(ROOT / "docs" / "quickstart.md")
COMMANDS = [line for block in BLOCKS if block.language == "sh" for line in block.code.splitlines()]
PRINTED = [block.code for block in BLOCKS if block.language == "text"]


@pytest.fixture
def folder(tmp_path):
    """The page's files."""
    for block in BLOCKS:
        if block.title:
            (tmp_path / block.title).write_text(block.code, encoding="utf-8")
    return tmp_path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_from_an_empty_directory_to_a_verified_webhook(folder):
    """Ports are free ones; nothing else is changed."""
    port = str(free_port())
    receiver = folder / "receiver.py"
    assert "3000" in receiver.read_text()
    receiver.write_text(receiver.read_text().replace("3000", port))
    (start,) = (line for line in COMMANDS if "lkapi.devserver" in line)
    (second,) = (line for line in COMMANDS if line.startswith("python open_room.py "))
    options = shlex.split(start.replace("3000", port))[3:]
    with running(*options, cwd=folder) as server:
        server.read_start()
        environ = {**os.environ, **server.environment}
        listening = subprocess.Popen(
            [sys.executable, "receiver.py"],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            opened = subprocess.run(
                [sys.executable, *shlex.split(second)[1:]], cwd=folder, env=environ,
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert opened.stdout.startswith("opened lesson RM_")
            assert listening.stdout
            assert listening.stdout.readline() == PRINTED[0]
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/webhook", data=b"{}")
            assert refused.value.code == 401
            refused.value.close()
            assert listening.stdout.readline() == PRINTED[1]
        finally:
            listening.terminate()
            listening.communicate(timeout=20)


def test_the_token_of_the_page_is_one(folder, capsys):
    """Made by the file, accepted by a verifier."""
    import lkapi

    source = (folder / "make_token.py").read_text()
    exec(compile(source, "make_token.py", "exec"), {})
    claims = lkapi.TokenVerifier("devkey", "secret").verify(capsys.readouterr().out.strip())
    assert (claims.identity, claims.video.room) == ("ann", "demo")


def test_the_commands_are_those_of_the_page():
    """Whoever adds one adds it above."""
    known = ("python -m venv", ". .venv", "pip install", "python make_token.py", "pytest", "curl",
             "python -m lkapi.devserver", "export LIVEKIT_URL", "python open_room.py",
             "python receiver.py")  # fmt: skip
    assert [line for line in COMMANDS if not line.startswith(known)] == []
