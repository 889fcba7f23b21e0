"""Every code block of every page is run here, or by the page's own test, or says why it is not.

Blocks of Python run in one namespace for each page, with the embedded server in the environment;
``title="…"`` blocks are files, and pages with a test file among them go through pytest together.
What a block prints is compared with the ``text`` block after it, in which … stands for anything.
"""

from __future__ import annotations

import ast
import asyncio
import configparser
import contextlib
import inspect
import io
import json
import os
import re
import shlex
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import lkapi
import lkapi.testing
from lkapi.devserver.program.options import make_parser
from lkapi.services.egress import EgressService
from lkapi.sync.services.egress import EgressService as SyncEgressService
from scripts import try_cli
from tests.docs.pages import ALL_PAGES, PAGES, ROOT, Block, anchors_of, blocks_of, links_of, name_of
from tests.testing.test_plugin import UNUSED

OWN_TESTS = {
    "docs/at-scale.md": "tests/webhook/test_at_scale_page.py",
    "docs/development-server.md": "tests/devserver/test_development_server_page.py",
    "docs/transports.md": "tests/call/test_transports_page.py",
}
"""Pages whose blocks need more than this module has: processes, proxies, certificates."""
OWN_FILES = {f"docs/web/{name}.md": "tests/web/test_web_docs.py" for name in (
    "index", "aiohttp", "django", "fastapi", "flask", "starlette")}  # fmt: skip
"""Pages whose titled blocks are run by that test, and the others here."""
ELSEWHERE = {"site_settings.py", "site_urls.py", "test_site.py", "pytest.ini"}
"""Files of a section that is run by tests/testing/test_page.py, which has settings of its own."""
DATA = {"json", "yaml", "toml", "ini"}
EXAMPLES = set(try_cli.examples())
"""Lines that are examples of a command's help, too: tests/cli/test_examples.py runs each."""
SEEN = {"python", "sh", "text", "", *DATA}

BLOCKS = {page: blocks_of(page) for page in PAGES}
MINE = [
    page
    for page in PAGES
    if any(not block.reason for block in BLOCKS[page]) and name_of(page) not in OWN_TESTS
]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def is_file(block: Block) -> bool:
    return bool(block.title) and not block.reason and block.title not in ELSEWHERE


def files_of(page: Path) -> list[Block]:
    return [block for block in BLOCKS[page] if is_file(block)]


def has_tests(page: Path) -> bool:
    return any(block.title.startswith("test_") for block in files_of(page))


TESTED = [page for page in MINE if has_tests(page) and name_of(page) not in OWN_FILES]


def _keep_imports(monkeypatch):
    """A page installs the alias of livekit-api, for a process that has not imported that yet."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    for name in ("livekit.api", "livekit.protocol"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def livekit(monkeypatch, tmp_path):
    """A server in the environment, with ann in the room demo; waiting moves its clock."""
    monkeypatch.chdir(tmp_path)
    for folder in ("src", "tests"):  # of a program that the migration checker has nothing to say of
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "program.py").write_text("import lkapi as api\n")
    with lkapi.testing.server(environ=True, secret="secret") as server:
        server.join("ann", "demo").publish("mic")

        def sleep(_self: object, length: float) -> None:
            server.clock.advance(length)

        async def asleep(_self: object, length: float) -> None:
            server.clock.advance(length)

        _keep_imports(monkeypatch)
        monkeypatch.setattr(SyncEgressService, "_sleep", sleep)
        monkeypatch.setattr(EgressService, "_sleep", asleep)
        yield server


def run_python(block: Block, names: dict[str, Any]) -> str:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile("\n" * block.line + block.code, str(block.page), "exec", flags=flags)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        result = eval(code, names)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    return output.getvalue()


def run_shell(
    block: Block, server: lkapi.testing.LiveKitServer, home: Path, output_wanted: bool
) -> str:
    lines = [line.strip() for line in block.code.replace("\\\n", " ").splitlines()]
    if not output_wanted:
        lines = [line for line in lines if line.partition("  ")[0] not in EXAMPLES]
    return "".join(run_line(line, block, server, home) for line in lines)


def run_line(line: str, block: Block, server: lkapi.testing.LiveKitServer, home: Path) -> str:
    """One line of a shell: installing, starting and pytest are only looked at."""
    words = shlex.split(line, comments=True)
    if not words or words[0] in ("export", "pytest") or words[:3] == ["python", "-m", "venv"]:
        return ""
    if words[:2] == ["pip", "install"]:
        check_requirements(words[2:])
    elif words[:2] == ["lkapi", "dev"] or words[:3] == ["python", "-m", "lkapi.devserver"]:
        make_parser("lkapi dev", console=True).parse_args(words[2 + (words[0] == "python") :])
    elif words[0].startswith("scripts/"):
        assert (ROOT / words[0]).is_file(), block
    elif words == ["python", "-m", "lkapi"]:
        from lkapi.cli.doctor import environment  # noqa: F401 - what it reports
    elif words[0] == "python" and any(words[1] == each.title for each in files_of(block.page)):
        return ""
    else:
        assert words[0] == "lkapi" or "| lkapi" in line, f"{block}: cannot run {line!r}"
        code, out, err = try_cli.run(line.partition(" #")[0], server.environ, str(home))
        assert code == 0, f"{block}: {line}\n{err}"
        return out
    return ""


def check_requirements(words: list[str]) -> None:
    """lkapi's own name and extras exist."""
    for word in words:
        name, _, extras = word.rstrip("]").partition("[")
        assert not name.startswith("lkapi") or name == "lkapi-sdk", word
        for extra in filter(None, extras.split(",")):
            assert name != "lkapi-sdk" or f"\n{extra} = [" in PYPROJECT, word


def check_data(block: Block) -> None:
    if block.language == "json":
        json.loads(block.code)
    elif block.language == "yaml":
        pytest.importorskip("yaml").safe_load(block.code)
    elif block.language == "ini":
        configparser.ConfigParser().read_string(block.code)
    else:
        tomllib = pytest.importorskip("tomllib")
        tomllib.loads(block.code)


def check_printed(block: Block, printed: str) -> None:
    told, seen = (
        re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text) for text in (block.code, printed)
    )
    pattern = ".*?".join(map(re.escape, told.split("…")))
    assert re.fullmatch(pattern, seen, re.DOTALL), f"{block} printed instead:\n{printed}"


@pytest.mark.parametrize("page", MINE, ids=name_of)
def test_code_runs_from_top_to_bottom(page, livekit, tmp_path):
    """Python, the command line and data; files are pasted, and left to the test below."""
    names: dict[str, Any] = {"__name__": "page"}
    printed: str | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block, after in pairwise([*BLOCKS[page], None]):
            if block.reason or block.title:
                printed = None
            elif block.language == "python":
                printed = run_python(block, names)
            elif block.language == "sh":
                shown = after is not None and after.language == "text" and not after.reason
                printed = run_shell(block, livekit, tmp_path, shown)
            elif block.language == "text":
                assert printed is not None, f"{block} is no output: say why it is not run"
                check_printed(block, printed)
            elif block.language in DATA:
                check_data(block)


def test_the_coroutine_of_the_readme(livekit):
    """It walks through a list, as it says."""
    names: dict[str, Any] = {}
    for block in BLOCKS[ROOT / "README.md"]:
        if block.language == "python":
            run_python(block, names)
    assert asyncio.run(names["recordings"]()) == []


@pytest.fixture(scope="module")
def pasted(tmp_path_factory):
    """One run of pytest over the files of all pages that have tests: its report."""
    folder = tmp_path_factory.mktemp("pages")
    for page in TESTED:
        files: dict[str, str] = {}
        for block in files_of(page):  # blocks of one title are parts of one file
            files[block.title] = files.get(block.title, "").rstrip() + "\n\n\n" + block.code
        for title, code in files.items():
            assert not (folder / title).exists(), f"{title} is a file of two pages"
            (folder / title).write_text(code.lstrip(), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nlivekit_env = true\nasyncio_mode = strict\n")
    scope = "asyncio_default_fixture_loop_scope=function"
    unused = (word for name in (*UNUSED, "xdist", "django") for word in ("-p", f"no:{name}"))
    quick = ["-q", "-rA", *unused]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-o", scope, *quick],
        cwd=folder, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", TESTED, ids=name_of)
def test_pasted_files_pass(page, pasted):
    """Every test function of the page's test files."""
    for block in files_of(page):
        if block.title.startswith("test_"):
            for name in re.findall(r"^(?:async )?def (test_\w+)", block.code, re.MULTILINE):
                assert f"PASSED {block.title}::{name}" in pasted, pasted


def test_every_block_is_run_or_says_why_not():
    """By this module, or by the test that is named; no language is passed over."""
    for page, test in {**OWN_TESTS, **OWN_FILES}.items():
        assert ROOT / page in PAGES
        assert Path(page).stem in (ROOT / test).read_text(encoding="utf-8"), page
    for page in PAGES:
        name = name_of(page)
        if name in OWN_TESTS:
            continue
        for block in BLOCKS[page]:
            assert block.reason or block.language in SEEN, f"{block}: mark it, or teach this test"
            run_by_pytest = page in TESTED or name in OWN_FILES
            assert run_by_pytest or not is_file(block), (
                f"{block}: no test of the page runs the file"
            )


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    """To files that are there, and headings that they have."""
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), target
