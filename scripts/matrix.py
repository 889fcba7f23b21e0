"""Runs the tests against the built wheel, in one fresh environment for each cell of a table.

Rows are Pythons (the newest and free-threaded ones where uv finds them), columns the lowest and the
highest dependencies that are allowed; one more row installs lkapi together with its neighbours.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t")
GROUPS = {"lowest": "suite", "highest": "test"}
"""The dependency group beside the wheel; what messages are compared with needs new protobufs."""
QUICK = ("auth", "bulk", "call", "message", "testing", "webhook")
CONTEMPORARIES = ("anyio<4.15", "kombu<5.5", "pytest<9.2")
"""What the lowest starlette and redis work with, and what these do; lkapi depends on none."""
BUILT = ("aiohttp>=3.14.4; python_version >= '3.15'", "pyyaml>=6.0.4; python_version >= '3.15'")
"""The first versions with wheels for a new Python; earlier ones need a compiler there."""
NEIGHBOURS = ("livekit-api", "livekit-agents", "opentelemetry-sdk", "grpcio")
SHOWN = ("aiohttp", "attrs", "protobuf", "tenacity")
Test = Callable[[], tuple[bool, str]]
UV = (sys.executable, "-m", "uv")


@dataclass(frozen=True)
class Outcome:
    """What became of one cell."""

    name: str
    well: bool | None
    seconds: float
    text: str

    def line(self) -> str:
        word = {True: "passed", False: "FAILED", None: "left out"}[self.well]
        return f"{self.name:<18} {word:<9} {self.seconds:5.0f} s  {self.text}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only tests/{{{','.join(QUICK)}}}")
    parser.add_argument("--python", nargs="+", default=PYTHONS, metavar="VERSION")
    parser.add_argument("--resolution", nargs="+", default=list(GROUPS), choices=GROUPS)
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="these tests instead")
    parser.add_argument("--neighbours", choices=("also", "only", "no"), default="also")
    parser.add_argument("--logs", type=Path, help="keep what pytest printed in this folder")
    options = parser.parse_args()
    tests = options.tests or ([f"tests/{name}" for name in QUICK] if options.quick else ["tests"])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also when started with & by a shell
    _show_pyenv()
    with tempfile.TemporaryDirectory() as folder:
        matrix = Matrix(Path(folder), tests, options.logs)
        if options.neighbours != "only":
            for python in options.python:
                for resolution in options.resolution:
                    matrix.cell(python, resolution)
        if options.neighbours != "no":
            matrix.neighbours(options.python)
    print("\n" + "\n".join(outcome.line() for outcome in matrix.outcomes))
    return 1 if any(outcome.well is False for outcome in matrix.outcomes) else 0


def _show_pyenv() -> None:
    """Let uv find every Python of pyenv, whose shims hide all but one of them."""
    if shutil.which("pyenv"):
        _, versions = _run("pyenv", "versions", "--bare")
        os.environ.setdefault("PYENV_VERSION", ":".join(versions.split()))


class Matrix:
    """The table, row by row; one environment at a time is on the disk."""

    def __init__(self, scratch: Path, tests: list[str], logs: Path | None) -> None:
        self.outcomes: list[Outcome] = []
        self._place = scratch / "environment"
        self._tests = tests
        self._logs = logs
        well, text = _run(*UV, "build", "--wheel", "--out-dir", str(scratch), str(ROOT))
        if not well:
            raise SystemExit(text)
        (self._wheel,) = scratch.glob("*.whl")

    def cell(self, python: str, resolution: str) -> None:
        """Install and test; what cannot be installed has failed."""
        name = f"{python} {resolution}"
        if self._made(name, python):
            options = self._lowest() if resolution == "lowest" else ()
            wanted = (f"{self._wheel}[all]", "--group", GROUPS[resolution], *options)
            self._in_environment(name, wanted, self._pytest)

    def _lowest(self) -> tuple[str, ...]:
        """Constraints: the lowest versions of what lkapi and its extras name, and what fits."""
        pins = str(self._wheel.parent / "lowest.txt")
        Path(pins).unlink(missing_ok=True)  # uv would keep the versions of the last Python
        where = ("--python", self._python(), "--output-file", pins)
        others = self._wheel.parent / "contemporaries.txt"
        others.write_text("\n".join(CONTEMPORARIES + BUILT), encoding="utf-8")
        limits = ("--constraint", str(others))
        compiled = ("pip", "compile", "--resolution", "lowest-direct", "--all-extras", *where)
        well, text = _run(*UV, *compiled, *limits, "pyproject.toml")
        if not well:
            raise SystemExit(text)
        return ("--constraint", pins, *limits)

    def neighbours(self, pythons: list[str]) -> None:
        """One environment with all of them, on the newest Python that all of them support."""
        python = max((p for p in pythons if p in ("3.11", "3.12", "3.13")), default="3.12")
        name = f"{python} neighbours"
        if self._made(name, python):
            self._in_environment(name, (f"{self._wheel}[all]", *NEIGHBOURS), self._together)

    def _made(self, name: str, python: str) -> bool:
        shutil.rmtree(self._place, ignore_errors=True)
        made, _ = _run(*UV, "venv", "--python", python, str(self._place))
        if not made:
            self._note(Outcome(name, None, 0, f"uv finds no Python {python} here"))
        return made

    def _in_environment(self, name: str, wanted: tuple[str, ...], test: Test) -> None:
        start = time.monotonic()
        well, text = _run(*UV, "pip", "install", "--python", str(self._place), *wanted)
        if well:
            well, text = test()
        if self._logs is not None:
            self._logs.mkdir(parents=True, exist_ok=True)
            (self._logs / f"{name.replace(' ', '-')}.log").write_text(text, encoding="utf-8")
        what = f"{_last(text)} | {self._versions()}"
        self._note(Outcome(name, well, time.monotonic() - start, what))

    def _python(self) -> str:
        folder = "Scripts" if os.name == "nt" else "bin"
        return str(self._place / folder / "python")

    def _pytest(self) -> tuple[bool, str]:
        options = ("-q", "-p", "no:cacheprovider", "--numprocesses", "auto", "--dist", "loadfile")
        return _run(self._python(), "-m", "pytest", *options, *self._tests)

    def _together(self) -> tuple[bool, str]:
        well, text = _run(*UV, "pip", "check", "--python", str(self._place))
        return _run(self._python(), "scripts/together.py") if well else (False, text)

    def _versions(self) -> str:
        """The versions of what lkapi stands on, as they were installed."""
        _, text = _run(*UV, "pip", "freeze", "--python", str(self._place))
        return " ".join(line for line in text.split() if line.partition("==")[0] in SHOWN)

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        print(outcome.line(), flush=True)


def _run(*command: str) -> tuple[bool, str]:
    """Run a command in the repository: whether it went well, and all it said."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=ROOT
    )
    return done.returncode == 0, done.stdout


def _last(text: str) -> str:
    """The last line that says something, without the rule around it."""
    lines = [line.strip(" =") for line in text.splitlines() if line.strip(" =")]
    return lines[-1] if lines else ""


if __name__ == "__main__":
    sys.exit(main())
