"""Wheel and source distribution have the files that belong there, and say what they contain."""

from __future__ import annotations

import email
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from scripts.distributions import ROOT, repository_files, sdist_differences, wheel_differences

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

VENDOR = ROOT / "src/lkapi/console/static/vendor"
pytest.importorskip("hatchling")
in_a_checkout = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs git's list of files")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, built by the backend that pip uses."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(opened.read(name))


@in_a_checkout
def test_the_wheel_has_the_files_of_src_and_nothing_else(wheel: Path) -> None:
    """No test, no vector, no cache; each licence, and the SBOM of what is vendored."""
    files = repository_files(untracked=True)
    assert wheel_differences(wheel, files) == []
    assert wheel_differences(wheel, files - {"src/lkapi/py.typed"}) == ["+ lkapi/py.typed"]


@in_a_checkout
def test_the_source_distribution_has_the_files_of_the_repository(built: Path) -> None:
    """Whoever unpacks it can check, test, generate and build as in a clone."""
    (sdist,) = built.glob("*.tar.gz")
    files = repository_files(untracked=True)
    assert sdist_differences(sdist, files) == []
    assert sdist_differences(sdist, files | {"forgotten"}) == ["- forgotten"]
    with tarfile.open(sdist) as opened:
        kept = {m.name.partition("/")[2]: m.mode & 0o100 for m in opened if m.isfile()}
    assert all(kept[f"scripts/{name}"] for name in ("test", "install", "check", "build"))


def test_the_wheel_is_typed_and_works_on_every_platform(wheel: Path) -> None:
    """py.typed is there, and the plugin and the command are declared."""
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        (points,) = [name for name in names if name.endswith("entry_points.txt")]
        declared = opened.read(points).decode()
    assert "lkapi/py.typed" in names
    assert declared.split() == [
        *("[console_scripts]", "lkapi", "=", "lkapi.cli:main"),
        *("[pytest11]", "lkapi", "=", "pytest_lkapi"),
    ]


def test_the_extra_all_is_every_other_extra(metadata: Message) -> None:
    """And the base installation stays small."""
    extras = set(metadata.get_all("Provides-Extra") or [])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (everything,) = project["optional-dependencies"]["all"]
    assert everything == f"lkapi-sdk[{','.join(sorted(extras - {'all'}))}]"
    required = metadata.get_all("Requires-Dist") or []
    base = {line.split(">")[0].split("<")[0] for line in required if "extra ==" not in line}
    assert base == {"aiohttp", "attrs", "protobuf", "tenacity"}


def test_no_address_is_made_up(metadata: Message) -> None:
    """The project has no published address yet: the metadata names none."""
    assert metadata.get_all("Project-URL") is None
    assert metadata["Home-page"] is None
    assert metadata["License-Expression"] == "Apache-2.0 AND 0BSD AND MIT"


def test_the_readme_of_the_package_has_no_relative_links(metadata: Message) -> None:
    """An index page shows it without the repository's files."""
    text = str(metadata.get_payload(decode=False))
    assert text.startswith("# lkapi\n")
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "**Safe by default.**" in text
    assert relative_links(text) == []


@pytest.mark.parametrize("address", ["", "https://example.com/lkapi", "https://example.com/lkapi/"])
def test_links_of_the_readme_lead_to_the_repository(address: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert relative_links(text) != []
    page = pytest.importorskip("hatch_build").published(text, address)
    assert relative_links(page) == []
    assert "quickstart" in page
    if address:
        assert "(https://example.com/lkapi/blob/HEAD/docs/quickstart.md)" in page
        assert 'src="https://example.com/lkapi/raw/HEAD/docs/images/' in page
    assert "(https://livekit.io)" in page


def relative_links(text: str) -> list[str]:
    """The targets of links and pictures that are not complete addresses."""
    targets = re.findall(r'\]\(([^)]+)\)|(?:src|srcset|href)="([^"]+)"', text)
    found = [link or source for link, source in targets]
    return [target for target in found if not target.startswith("https://")]


def test_the_notice_names_what_is_vendored() -> None:
    """With version and licence, for the wheel and for the source distribution's tests."""
    lines = [line.split() for line in (ROOT / "NOTICE").read_text().splitlines()]
    for folder in (VENDOR, ROOT / "tests/console/vendor"):
        for name, entry in json.loads((folder / "VENDORED.json").read_text()).items():
            wanted = [name, entry["version"], entry["license"]]
            assert wanted in [line[:3] for line in lines], f"NOTICE lacks {' '.join(wanted)}"


def test_the_sbom_is_about_the_vendored_files(wheel: Path) -> None:
    """Each file with its hash; `scripts/build --write-sbom` renews it."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if "/sboms/" in name]
        components = json.loads(opened.read(name))["components"]
    found = {
        entry["name"]: {
            "version": entry["version"],
            "license": entry["licenses"][0]["license"]["id"],
            "sha256": {
                file["name"].rpartition("/")[2]: file["hashes"][0]["content"]
                for file in entry["components"]
            },
        }
        for entry in components
    }
    recorded = json.loads((VENDOR / "VENDORED.json").read_text())
    assert found == recorded, "run scripts/build --write-sbom"
