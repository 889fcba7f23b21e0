"""Mutation testing with cosmic-ray: changes the code in many small ways, and runs tests each time.

Each file is mutated in a copy of the repository, several at a time, and tested with the tests of
its folder only. A change that no test notices is a survivor; all of them go into the report.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = {
    "auth": ("tests/auth",),
    "webhook": ("tests/webhook",),
    "rpc": ("tests/call", "tests/resilience"),
}
LEFT_OUT = (
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/ReplaceBinaryOperator_Mul_.*",
    "core/ReplaceUnaryOperator_.*",
)
"""Operators that above all change annotations (`str | None`) and markers (`*`)."""
COPIED = ("src", "tests", "scripts", "docs", "examples", "benchmarks", "codegen", "protobufs")
PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist")


@dataclass
class Score:
    """What became of one file's mutants."""

    file: str
    outcomes: dict[str, int] = field(default_factory=dict)
    survivors: list[str] = field(default_factory=list)
    seconds: float = 0

    def line(self) -> str:
        killed, survived = (self.outcomes.get(word, 0) for word in ("killed", "survived"))
        share = f"{100 * killed / (killed + survived):5.1f} %" if killed + survived else "    - "
        return f"{self.file:<44} {killed + survived:>5} {survived:>5} {share} {self.seconds:6.0f} s"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "module", nargs="*", default=list(TESTS), help="auth, webhook, rpc, or auth/jws.py"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="files at a time")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one mutant's tests")
    parser.add_argument("--tests", nargs="+", help="these tests, in place of the folder's")
    parser.add_argument("--report", type=Path, default=ROOT / "mutants.txt", help="survivors")
    options = parser.parse_args()
    files = [file for module in options.module for file in _files(module)]
    work: queue.Queue[str] = queue.Queue()
    for file in files:
        work.put(file)
    scores: list[Score] = []
    options.report.write_text("", encoding="utf-8")
    workers = min(options.jobs, len(files))
    with ThreadPoolExecutor(workers) as pool:
        for worker in [pool.submit(_worker, work, scores, options) for _ in range(workers)]:
            worker.result()  # raises what went wrong there
    scores.sort(key=lambda score: score.file)
    survivors = sum(len(score.survivors) for score in scores)
    print(f"\n{'file':<44} {'all':>5} {'alive':>5}  killed")
    print("\n".join(score.line() for score in scores))
    print(f"{survivors} survivors in {options.report}")
    return 0 if len(scores) == len(files) else 1


def _files(module: str) -> list[str]:
    """The files of a folder below lkapi, or the one file that was named."""
    place = ROOT / "src/lkapi" / module
    found = sorted(place.glob("*.py")) if place.is_dir() else [place]
    missing = [path for path in found if not path.exists()]
    if missing or module.split("/", maxsplit=1)[0] not in TESTS:
        raise SystemExit(f"{module}: name one of {', '.join(TESTS)}, or a file in one of them")
    names = [str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py"]
    return [name for name in names if not Path(name).name.startswith("_sensitive_fields")]


def _worker(work: queue.Queue[str], scores: list[Score], options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
            shutil.copyfile(ROOT / name, copy / name)
        while True:
            try:
                file = work.get_nowait()
            except queue.Empty:
                return
            score = _mutate(copy, file, options)
            scores.append(score)
            with options.report.open("a", encoding="utf-8") as report:
                report.writelines(f"{survivor}\n" for survivor in score.survivors)
            print(score.line(), flush=True)


def _mutate(copy: Path, file: str, options: argparse.Namespace) -> Score:
    """Every mutant of one file; the file is as it was afterwards."""
    start = time.monotonic()
    tests = options.tests or TESTS[Path(file).parent.name]
    command = " ".join([sys.executable, *PYTEST, *tests])
    config = copy / "mutation.toml"
    config.write_text(_config(file, command, options.timeout), encoding="utf-8")
    session = copy / "session.sqlite"
    session.unlink(missing_ok=True)
    _cosmic_ray(copy, "cosmic-ray", "baseline", "mutation.toml")
    _cosmic_ray(copy, "cosmic-ray", "init", "mutation.toml", session.name)
    _cosmic_ray(copy, "cr-filter-operators", session.name, "mutation.toml")
    _cosmic_ray(copy, "cosmic-ray", "exec", "mutation.toml", session.name)
    score = Score(file)
    for line in _cosmic_ray(copy, "cosmic-ray", "dump", session.name).splitlines():
        item, result = json.loads(line)
        outcome = _outcome(result)
        score.outcomes[outcome] = score.outcomes.get(outcome, 0) + 1
        if outcome == "survived":
            score.survivors.append(_described(file, item, result))
    score.seconds = time.monotonic() - start
    return score


def _config(file: str, command: str, timeout: float) -> str:
    operators = ", ".join(f'"{name}"' for name in LEFT_OUT)
    return f"""\
[cosmic-ray]
module-path = "{file}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = [{operators}]
"""


def _cosmic_ray(copy: Path, program: str, *arguments: str) -> str:
    beside = str(Path(sys.executable).parent / program)
    path = os.pathsep.join((str(copy / "src"), str(copy)))
    environ = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [beside, *arguments], cwd=copy, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(arguments)} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def _outcome(result: dict[str, object] | None) -> str:
    if result is None or result["worker_outcome"] != "normal":
        return "left out"
    return str(result["test_outcome"])


def _described(file: str, item: dict[str, object], result: dict[str, object]) -> str:
    mutation = item["mutations"][0]  # type: ignore[index]
    line, _ = mutation["start_pos"]
    return f"{file}:{line} {mutation['operator_name']}\n{result['diff']}\n"


if __name__ == "__main__":
    sys.exit(main())
