"""Makes a release as far as it can be taken back: nothing is pushed or uploaded.

It writes the version and today's date, runs every check and test, commits, builds and checks the
archives in dist/, and tags the commit with its part of the changelog. If something fails before
the commit, the tree is as it was; if the build fails, the commit is taken back as well.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION_FILE = "src/lkapi/_version.py"
CHANGELOG = "CHANGELOG.md"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?")
_STATED = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)

Command = Sequence[str]


class ReleaseError(Exception):
    """Why there is no release; it says what to do."""


@dataclass
class Release:
    """One release of the repository at ``root``."""

    version: str
    date: dt.date
    root: Path = ROOT
    test: Command = ("scripts/test",)
    build: Command = ("scripts/build", "--out", "dist")
    said: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Do all of it.

        Raises:
            ReleaseError: something is not as it has to be; nothing is left behind.
        """
        notes = self._examine()
        before = self._git("rev-parse", "HEAD")
        try:
            self._write()
            self._step(self.test)
            self._git("add", VERSION_FILE, CHANGELOG)
            if self._git("status", "--porcelain", "--untracked-files=no"):
                self._git("commit", "--quiet", "-m", f"Version {self.version}")
            self._step(self.build)
            self._git("tag", "--annotate", self.tag, "--cleanup=verbatim", "-m", notes)
        except BaseException:
            self._git("reset", "--quiet", "--hard", before)
            raise
        self.said.append(f"{self.tag} is tagged, and what to upload is in dist/.")
        self.said.append(
            f"Not done: git push origin HEAD {self.tag}; twine upload dist/*.whl dist/*.tar.gz"
        )

    @property
    def tag(self) -> str:
        """The name of its tag."""
        return f"v{self.version}"

    def _examine(self) -> str:
        """Refuse what cannot be released; the part of the changelog otherwise."""
        if _VERSION.fullmatch(self.version) is None:
            raise ReleaseError(f"{self.version!r} is no version: write 1.2.3, or 1.2.3rc1")
        if changes := self._git("status", "--porcelain"):
            raise ReleaseError(f"the tree is not clean: commit or stash\n{changes}")
        tags = [tag.removeprefix("v") for tag in self._git("tag", "--list", "v*").split()]
        known = [tag for tag in tags if _VERSION.fullmatch(tag)]
        newest = max(known, key=_order, default=None)
        if newest is not None and _order(self.version) <= _order(newest):
            raise ReleaseError(f"{newest} is released: {self.version} has to be a later version")
        return self._notes()

    def _notes(self) -> str:
        text = self._read(CHANGELOG)
        heading = re.search(rf"^## {re.escape(self.version)} - unreleased\n", text, re.MULTILINE)
        if heading is None:
            raise ReleaseError(f'{CHANGELOG} has no heading "## {self.version} - unreleased"')
        notes = text[heading.end() :].split("\n## ")[0].strip()
        if not notes:
            raise ReleaseError(f"{CHANGELOG} says nothing about {self.version}")
        return f"lkapi {self.version}\n\n{notes}\n"

    def _write(self) -> None:
        stated, count = _STATED.subn(f'__version__ = "{self.version}"', self._read(VERSION_FILE))
        if count != 1:
            raise ReleaseError(f"{VERSION_FILE} does not state __version__ once")
        (self.root / VERSION_FILE).write_text(stated, encoding="utf-8")
        old, new = f"## {self.version} - unreleased", f"## {self.version} - {self.date.isoformat()}"
        changelog = self._read(CHANGELOG).replace(old, new, 1)
        (self.root / CHANGELOG).write_text(changelog, encoding="utf-8")

    def _read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ReleaseError(f"git {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _step(self, command: Command) -> None:
        if subprocess.run(command, cwd=self.root, check=False).returncode:
            raise ReleaseError(f"{' '.join(command)} failed: the tree is as it was")


def _order(version: str) -> tuple[int, int, int, str, int]:
    """Versions in their order; a candidate comes before its version."""
    found = _VERSION.fullmatch(version)
    assert found is not None
    major, minor, patch, kind, number = found.groups()
    return int(major), int(minor), int(patch), kind or "z", int(number or 0)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", help="1.2.3, or 1.2.3rc1")
    options = parser.parse_args()
    release = Release(options.version, dt.datetime.now(dt.timezone.utc).date())
    try:
        release.run()
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(release.said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
