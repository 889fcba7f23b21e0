"""The type checkers agree with users' programs, and find the mistakes of another."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(path for path in HERE.glob("[a-z]*.py") if not path.name.startswith("test_"))
MISTAKE = "# mistake:"
Found = list[tuple[str, int]]
"""File name and line of each error."""


@functools.cache
def mypy() -> Found:
    """What ``mypy --strict`` finds in the programs."""
    options = ("--strict", "--no-error-summary", "--follow-imports=silent")
    cache = ("--cache-dir", str(HERE.parent.parent / ".mypy_cache"))
    done = _run([sys.executable, "-m", "mypy", *options, *cache, *map(str, PROGRAMS)])
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [(m[1], int(m[2])) for m in re.finditer(r"(\w+\.py):(\d+): error", done.stdout)]


@functools.cache
def pyright() -> Found:
    """What pyright finds in the programs, in strict mode."""
    beside = Path(sys.executable).parent
    program = shutil.which("pyright", path=str(beside)) or shutil.which("pyright")
    if program is None:
        pytest.skip("pyright is not installed")
    config = str(HERE / "pyrightconfig.json")
    done = _run([program, "--outputjson", "--project", config, "--pythonpath", sys.executable])
    entries = json.loads(done.stdout)["generalDiagnostics"]
    return [
        (Path(entry["file"]).name, entry["range"]["start"]["line"] + 1)
        for entry in entries
        if entry["severity"] == "error"
    ]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


checkers = pytest.mark.parametrize("checker", [mypy, pyright])


@checkers
def test_programs_are_clean(checker: Callable[[], Found]) -> None:
    """Programs that use what lkapi offers have no error under strict checking."""
    assert len(PROGRAMS) >= 2
    assert [found for found in checker() if found[0] != "mistakes.py"] == []


@checkers
def test_mistakes_are_found(checker: Callable[[], Found]) -> None:
    """Each marked line has an error, and no other line has."""
    lines = (HERE / "mistakes.py").read_text().splitlines()
    marked = {n for n, line in enumerate(lines, 1) if MISTAKE in line}
    assert len(marked) == 14
    assert {line for name, line in checker() if name == "mistakes.py"} == marked
