"""What a new user does: paste a docs page's code into an empty file, run it, deliver an event."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from lkapi.devserver import DevServer, World
from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from tests.web import support

DOCS = support.ROOT / "docs/web"
NEEDS = {
    "fastapi": ("fastapi", "uvicorn"),
    "starlette": ("starlette", "uvicorn"),
    "flask": ("flask",),
    "django": ("django",),
    "aiohttp": ("aiohttp",),
}
START_SECONDS = 30


def block(page: Path, title: str) -> str:
    """The code block of that title."""
    found = re.findall(rf'```python title="{title}"\n(.*?)```', page.read_text(), re.DOTALL)
    assert len(found) == 1, f"{page.name} has {len(found)} blocks called {title}"
    return found[0]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(file: Path, port: int, livekit: str) -> Iterator[Path]:
    """Run a file until the block ends, once its port answers; gives where its output goes."""
    output = file.with_suffix(".out")
    settings = {
        "LIVEKIT_URL": livekit,
        "LIVEKIT_API_KEY": "devkey",
        "LIVEKIT_API_SECRET": "secret",
        "PORT": str(port),
    }
    arguments = ["runserver", "--noreload", str(port)] if file.parent.name == "django" else []
    command = [sys.executable, file.name, *arguments]
    with output.open("wb") as sink:
        program = subprocess.Popen(
            command, cwd=file.parent, env={**os.environ, **settings}, stdout=sink, stderr=sink
        )
    try:
        wait_for(program, port, output)
        yield output
    finally:
        program.terminate()
        program.wait(timeout=20)


def wait_for(program: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert program.poll() is None, output.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.02)


@pytest.mark.parametrize("name", NEEDS)
def test_pasted_code_runs(name, tmp_path):
    """Its token is admitted, a delivery by the page's own sender arrives, a forged one does not."""
    for module in NEEDS[name]:
        pytest.importorskip(module)
    port = free_port()
    folder = tmp_path / name
    folder.mkdir()
    (folder / "app.py").write_text(block(DOCS / f"{name}.md", "app.py"))
    sender = block(DOCS / "index.md", "deliver.py").replace(":3000/", f":{port}/")
    (folder / "deliver.py").write_text(sender)
    world = World()
    with (
        HTTPFrontEnd(DevServer(world)) as livekit,
        running(folder / "app.py", port, livekit.url) as output,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        told = http.post("/getToken", json={"room_name": "demo"})
        assert told.status_code == 201
        assert world.join(told.json()["participant_token"]).room_name == "demo"
        delivered = subprocess.run(
            [sys.executable, "deliver.py"], cwd=folder, capture_output=True, text=True, check=True
        )
        assert delivered.stdout.strip() == "204"
        assert http.post("/livekit/webhook", content=b"{}").status_code == 401
    assert "ann is in demo" in output.read_text()


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_examples_that_a_page_names_are_there(page):
    """Complete applications."""
    for example in re.findall(r"`(examples/[^`]+)`", page.read_text()):
        assert (support.ROOT / example).is_file(), example
