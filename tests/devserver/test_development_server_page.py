"""The page on the development server: its commands start, its code runs, its lines are printed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lkapi.devserver import World, plant, read_seed
from lkapi.devserver.program.options import make_parser
from lkapi.devserver.seeds.planting import SECTIONS
from lkapi.errors import SettingsError
from tests.devserver.program import running

PAGE = Path(__file__).parents[2] / "docs/development-server.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    line
    for language, code in BLOCKS
    if language == "sh"
    for line in code.splitlines()
    if line.startswith("lkapi dev")
]


def blocks(language: str) -> list[str]:
    return [code for name, code in BLOCKS if name == language]


def test_the_page_has_every_option_and_no_other() -> None:
    known = {
        option
        for action in make_parser("lkapi dev", console=True)._actions
        for option in action.option_strings
        if option not in ("-h", "--help")
    }
    table = re.findall(r"^\| (`--.*?) \| ", TEXT, re.MULTILINE)
    assert set(re.findall(r"--[a-z-]+", " ".join(table))) == known


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_starts(command: str, tmp_path: Path) -> None:
    """As it stands, on a free port."""
    (tmp_path / "seed.yaml").write_text(*blocks("yaml"), encoding="utf-8")
    if "cert.pem" in command:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl here")
        (make,) = (line for code in blocks("sh") for line in code.splitlines() if "openssl" in line)
        subprocess.run(shlex.split(make), cwd=tmp_path, check=True, capture_output=True)
    options = shlex.split(command.removeprefix("lkapi dev"))
    with running(*options, cwd=tmp_path) as program:
        lines = program.read_start()
        assert lines[0].startswith("lkapi dev at http")
        assert program.stop()[0] == 0
    if "--env-file" in command:
        assert "LIVEKIT_URL=http://127" in (tmp_path / ".env.livekit").read_text()


def test_the_start_and_the_lines_are_those_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    start, lines = blocks("text")[:2]
    code = blocks("python")[0]
    with running() as program:
        printed = program.read_start()
        for name, value in program.environment.items():
            monkeypatch.setenv(name, value)
        exec(compile(code, str(PAGE), "exec"), {})
        seen = program.lines_until(lambda line: "refused" in line)
    assert steady("\n".join(printed)) == steady(start.rstrip("\n"))
    assert steady("\n".join(line for line in seen if line)) == steady(lines.rstrip("\n"))


def steady(text: str) -> str:
    """A text without what differs from run to run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    return re.sub(r"\d\d:\d\d:\d\d\.\d{3}|[\d.]+ m?s\b", "#", text)


def test_the_seed_has_every_section(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    path = tmp_path / "seed.yaml"
    path.write_text(*blocks("yaml"), encoding="utf-8")
    seed = read_seed(path)
    world = World()
    assert set(plant(world, seed)) == set(seed) == set(SECTIONS)
    desk = world.find_room("desk")
    assert desk is not None
    assert list(desk.participants) == ["sip_+12125550100"]
    seed["rooms"][0]["participants"][1]["identiy"] = "x"
    with pytest.raises(SettingsError) as caught:
        plant(World(), seed, where="seed.yaml")
    assert f"lkapi dev: {caught.value}\n" == blocks("text")[2]


def test_the_other_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code in blocks("python")[1:]:
        exec(compile(code, str(PAGE), "exec"), names)
    from lkapi.transports.base import Request

    names["server"].handle(Request("GET", "/", {}))
    assert capsys.readouterr().out == "/ {} 200\n"
