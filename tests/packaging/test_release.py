"""A release is made whole or not at all, and ends before anything leaves the machine."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.release import Release, ReleaseError

DAY = dt.date(2031, 5, 4)
VERSION = '"""The version."""\n\n__version__ = "0.1.0"\n'
CHANGELOG = """# Changelog

## 0.2.0 - unreleased

### Added

- Something.

## 0.1.0 - 2031-01-01

- The beginning.
"""
RELEASED = CHANGELOG.replace("0.2.0 - unreleased", "0.2.0 - 2031-05-04")
OK = (sys.executable, "-c", "")
FAILS = (sys.executable, "-c", "raise SystemExit(1)")
BOTH = """
from pathlib import Path
assert '"0.2.0"' in Path("src/lkapi/_version.py").read_text()
assert "0.2.0 - 2031-05-04" in Path("CHANGELOG.md").read_text()
"""
SEES_BOTH = (sys.executable, "-c", BOTH)
SEES_A_CLEAN_TREE = (
    *(sys.executable, "-c"),
    "import subprocess\nassert not subprocess.check_output(['git', 'status', '--porcelain'])",
)


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", *arguments]
    return subprocess.check_output(command, cwd=root, text=True).strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a version, a changelog and one release."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "n")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "n@example.org")
    (tmp_path / "src/lkapi").mkdir(parents=True)
    (tmp_path / "src/lkapi/_version.py").write_text(VERSION)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "tag", "--annotate", "v0.1.0", "-m", "x")
    return tmp_path


def state(root: Path) -> tuple[str, str, str, str]:
    """Commit, tags, changes and version."""
    stated = (root / "src/lkapi/_version.py").read_text()
    head, tags = git(root, "rev-parse", "HEAD"), git(root, "tag", "--list")
    return head, tags, git(root, "status", "--porcelain"), stated


def test_a_release(root: Path) -> None:
    """Tests see the new version, the build a clean tree; the tag has the notes."""
    release = Release("0.2.0", DAY, root, test=SEES_BOTH, build=SEES_A_CLEAN_TREE)
    release.run()
    assert (root / "CHANGELOG.md").read_text() == RELEASED
    assert git(root, "log", "-1", "--format=%s") == "Version 0.2.0"
    assert git(root, "rev-parse", "v0.2.0^{commit}") == git(root, "rev-parse", "HEAD")
    notes = git(root, "tag", "--list", "--format=%(contents)", "v0.2.0")
    assert notes == "lkapi 0.2.0\n\n### Added\n\n- Something."
    assert "twine upload" in release.said[-1]


@pytest.mark.parametrize("failing", ["test", "build"])
def test_what_fails_leaves_nothing(root: Path, failing: str) -> None:
    """No commit, no tag, no changed file."""
    before = state(root)
    commands = {"test": OK, "build": OK, failing: FAILS}
    with pytest.raises(ReleaseError, match="failed: the tree is as it was"):
        Release("0.2.0", DAY, root, **commands).run()
    assert state(root) == before


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("0.2", "is no version"),
        ("v0.2.0", "is no version"),
        ("0.1.0", r"0\.1\.0 is released"),
        ("0.1.0rc2", r"0\.1\.0 is released"),
        ("0.3.0", 'no heading "## 0.3.0 - unreleased"'),
    ],
)
def test_what_cannot_be_released(root: Path, version: str, why: str) -> None:
    """It says why, and nothing is run."""
    before = state(root)
    with pytest.raises(ReleaseError, match=why):
        Release(version, DAY, root, test=FAILS, build=FAILS).run()
    assert state(root) == before


def test_a_tree_with_changes_is_refused(root: Path) -> None:
    """A forgotten file would be in neither the commit nor the archives."""
    (root / "new.txt").write_text("x")
    with pytest.raises(ReleaseError, match=r"not clean: commit or stash\n\?\? new.txt"):
        Release("0.2.0", DAY, root, test=OK, build=OK).run()
    assert (root / "new.txt").exists()
