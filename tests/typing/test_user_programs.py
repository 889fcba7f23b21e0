"""The type checkers agree with users' programs, and find the mistakes of another.

Each checker runs once. What mypy needs as ``type: ignore[code]`` on a line is an error there for
all; those that read no such comment with mypy's codes report it, and may.
"""

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
PROGRAMS = sorted(
    path
    for path in HERE.glob("[a-z]*.py")
    if not path.name.startswith("test_") and path.name != "language_server.py"
)
MISTAKE = re.compile(r"# mistake: [^(]*(?:\((?P<blind>\w+) finds it not\))?")
CONCISE = re.compile(r"(\w+\.py):(\d+):\d+(?:-[\d:]+)?: ")
Found = list[tuple[str, int]]
"""File name and line of each error."""


@functools.cache
def mypy() -> Found:
    """What ``mypy --strict`` finds in the programs."""
    pytest.importorskip("mypy")
    options = ("--strict", "--no-error-summary", "--follow-imports=silent")
    more = ("--enable-error-code", "deprecated")
    cache = ("--cache-dir", str(HERE.parent.parent / ".mypy_cache"))
    done = _run([sys.executable, "-m", "mypy", *options, *more, *cache, *map(str, PROGRAMS)])
    return [(m[1], int(m[2])) for m in re.finditer(r"(\w+\.py):(\d+): error", done.stdout)]


@functools.cache
def pyright() -> Found:
    """What pyright finds in the programs, in strict mode."""
    config = str(HERE / "pyrightconfig.json")
    done = _run(
        [_program("pyright"), "--outputjson", "--project", config, "--pythonpath", sys.executable]
    )
    entries = json.loads(done.stdout)["generalDiagnostics"]
    return [
        (Path(entry["file"]).name, entry["range"]["start"]["line"] + 1)
        for entry in entries
        if entry["severity"] == "error"
    ]


@functools.cache
def ty() -> Found:
    """What ty finds, warnings included."""
    options = ("--python", sys.prefix, "--python-version", "3.10", "--output-format", "concise")
    done = _run([_program("ty"), "check", *options, *map(str, PROGRAMS)])
    return _beyond_ignores(CONCISE.findall(done.stdout))


@functools.cache
def pyrefly() -> Found:
    """What pyrefly finds in its strict preset, warnings included."""
    options = ("--config", str(HERE / "pyrefly.toml"), "--python-interpreter-path", sys.executable)
    shown = ("--output-format", "min-text", "--summary", "none", "--min-severity", "warn")
    done = _run([_program("pyrefly"), "check", *options, *shown, *map(str, PROGRAMS)])
    return _beyond_ignores(CONCISE.findall(done.stdout))


def _beyond_ignores(found: list[tuple[str, str]]) -> Found:
    """Without the lines on which a comment for mypy expects an error."""
    lines = {path.name: path.read_text().splitlines() for path in PROGRAMS}
    places = [(name, int(line)) for name, line in found]
    return [(name, line) for name, line in places if "# type: ignore[" not in lines[name][line - 1]]


def _program(name: str) -> str:
    beside = Path(sys.executable).parent
    program = shutil.which(name, path=str(beside)) or shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done


checkers = pytest.mark.parametrize("checker", [mypy, pyright, ty, pyrefly])


@checkers
def test_programs_are_clean(checker: Callable[[], Found]) -> None:
    """Programs that use what lkapi offers have no error under strict checking."""
    assert len(PROGRAMS) >= 6
    assert [found for found in checker() if found[0] != "mistakes.py"] == []


@checkers
def test_mistakes_are_found(checker: Callable[[], Found]) -> None:
    """Each marked line has an error, and no other line has."""
    lines = (HERE / "mistakes.py").read_text().splitlines()
    marks = {number: MISTAKE.search(line) for number, line in enumerate(lines, 1)}
    marked = {number: mark["blind"] for number, mark in marks.items() if mark is not None}
    assert len(marked) == 16
    expected = {number for number, blind in marked.items() if blind != checker.__name__}
    assert {line for name, line in checker() if name == "mistakes.py"} == expected
