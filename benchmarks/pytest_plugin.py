"""Tests a second with the pytest plugin, for which livekit-api has no counterpart."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = 1000
ROUNDS = 3
WORK = {
    "empty tests": "def test_it(turn): pass",
    "tests with livekit_server, livekit_api_sync and a call": (
        "def test_it(turn, livekit_server, livekit_api_sync):\n"
        '    livekit_api_sync.room.create_room(name="demo")\n'
        '    assert "demo" in livekit_server.world.rooms'
    ),
    "tests with livekit_env, a client of its own and a call over HTTP": (
        "def test_it(turn, livekit_env):\n"
        "    with lkapi.SyncLiveKitAPI() as api:\n"
        '        api.room.create_room(name="demo")'
    ),
}
_OFF = ("cacheprovider", "hypothesispytest", "django", "asyncio", "anyio", "xdist", "cov")


def tests_a_second(code: str) -> float:
    """Run as many tests in a process of their own, by pytest's own clock, without the imports."""
    head = f"import lkapi.testing, pytest\n\n@pytest.mark.parametrize('turn', range({TESTS}))\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_it.py").write_text(head + code + "\n")
        (Path(folder) / "conftest.py").write_text("import lkapi.testing\n")
        off = [part for name in _OFF for part in ("-p", f"no:{name}")]
        command = [sys.executable, "-m", "pytest", "-q", *off, "test_it.py"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = re.search(rf"{TESTS} passed in ([\d.]+)s", done.stdout)
    assert found is not None, done.stdout
    return TESTS / float(found[1])


def figures() -> Iterator[Figure]:
    for work, code in WORK.items():
        best = max(tests_a_second(code) for _ in range(ROUNDS))
        yield Figure(work, f"{best:,.0f} a second")
