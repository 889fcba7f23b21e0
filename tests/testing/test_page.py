"""What of "Testing your application" tests/docs does not run: Django's section, plain unittest."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import try_cli
from tests.testing.test_plugin import QUICK

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "testing-your-application.md"
TITLED = re.compile(r'```(?:python|ini) title="([\w.]+)"\n(.*?)```', re.DOTALL)
SECTIONS = {
    title: found
    for title, _, text in (part.partition("\n") for part in PAGE.read_text().split("\n## "))
    if (found := TITLED.findall(text))
}


def paste(folder: Path, files: list[tuple[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files:
        (folder / name).write_text(text)


def run(folder: Path, *options: str) -> str:
    scope = "asyncio_default_fixture_loop_scope=function"
    command = [sys.executable, "-m", "pytest", "-W", "error", "-o", scope, *QUICK, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_section_on_django(tmp_path: Path) -> None:
    """Application and tests, in an empty folder, with the settings of the section."""
    pytest.importorskip("pytest_django")
    paste(tmp_path, SECTIONS["Django"])
    assert "3 passed" in run(tmp_path)


def test_the_readme(livekit_server, livekit_api_sync, livekit_webhooks) -> None:
    """Its short test is one."""
    (block,) = re.findall(
        r"```python\n(def test_.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(block, names)
    names["test_who_is_there"](livekit_server, livekit_api_sync, livekit_webhooks)


def test_plain_unittest_of_the_page(tmp_path: Path) -> None:
    """Also without pytest."""
    paste(tmp_path, SECTIONS["unittest, without pytest"])
    command = [sys.executable, "-W", "error", "test_plain.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr


EXAMPLES = ROOT / "examples"
COMMANDS = {" ".join(path) for path, _ in try_cli.commands()}
EXAMPLES_NEED = ("aiohttp", "celery", "django", "fastapi", "flask", "httpx", "starlette")


def test_the_examples() -> None:
    """Their tests use nothing but the plugin, and pass, all of them in one process."""
    for module in EXAMPLES_NEED:
        pytest.importorskip(module)
    shown = run(EXAMPLES, "-p", "no:django", "-q")
    assert re.search(r"^97 passed", shown, re.MULTILINE), shown


def test_every_example_has_a_test_and_a_line_in_the_index() -> None:
    """And says at its top how to run it on the embedded server and on a real one."""
    index = (EXAMPLES / "README.md").read_text()
    programs = [file for file in EXAMPLES.rglob("*.py") if not file.name.startswith("test_")]
    assert len(programs) == 12
    for file in programs:
        text = file.read_text()
        name = file.name if file.parent == EXAMPLES else f"{file.parent.name}/"
        target = file.relative_to(EXAMPLES).as_posix()
        assert f"| [`{name}`]({target}) |" in index, name
        assert (file.parent / f"test_{file.name}").is_file()
        said = text.split('"""')[1]
        assert "lkapi dev" in said, name
        assert "real server" in said, name
        commands = re.findall(r"lkapi ([a-z][a-z -]*?)(?= --|$|\))", said, re.MULTILINE)
        assert {f"lkapi {command}" for command in commands} <= COMMANDS, name
        for mentioned in re.findall(r"``(test_\w+\.py)``", said):
            assert (file.parent / mentioned).is_file()
