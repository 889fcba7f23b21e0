"""The vendored files are those of the record, and ship with their licences."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import lkapi.console

SHIPPED = Path(lkapi.console.__file__).parent / "static" / "vendor"
FOLDERS = [SHIPPED, Path(__file__).parent / "vendor"]
LICENCES = {"0BSD", "MIT", "MPL-2.0"}


@pytest.mark.parametrize("folder", FOLDERS, ids=["shipped", "tests"])
def test_each_file_has_its_hash(folder):
    record = json.loads((folder / "VENDORED.json").read_text())
    hashes = {name: sha for one in record.values() for name, sha in one["sha256"].items()}
    files = {path.name for path in folder.iterdir()} - {"VENDORED.json"}
    assert files == hashes.keys()
    for name, sha in hashes.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha, name
    for one in record.values():
        assert one["license"] in LICENCES
        assert any(name.endswith(".LICENSE") for name in one["sha256"])


def test_the_script_names_the_versions_of_the_record():
    source = (Path(__file__).parents[2] / "scripts/vendor_console.py").read_text()
    for folder in FOLDERS:
        for name, one in json.loads((folder / "VENDORED.json").read_text()).items():
            assert f'"{name}"' in source
            assert f'"{one["version"]}"' in source
    assert ast.parse(source)


def test_no_own_file_names_another_host():
    for path in (SHIPPED.parent / "console.js", SHIPPED.parent / "console.css"):
        text = path.read_text()
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text


def test_static_files_may_be_kept(console):
    response = console.get("/static/console.js")
    assert response.headers["cache-control"].endswith("immutable")
    for bad in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.js"):
        assert console.get(bad).status_code == 404


def test_lkapi_loads_nothing_of_it():
    code = (
        "import sys, lkapi, lkapi.cli\nlkapi.LiveKitAPI\n"
        "bad = [n for n in sys.modules if n.startswith(('lkapi.console', 'starlette', 'jinja2'))]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
