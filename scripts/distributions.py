"""What belongs into the wheel and the source distribution, and what is in those that were built."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = (".ci/", ".editorconfig", ".github/", ".pre-commit-config.yaml")
"""What only the repository needs; pyproject.toml excludes the same from the source distribution."""
MADE = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "sboms/vendored.cdx.json"}
VENDOR = "src/lkapi/console/static/vendor"


def repository_files(*, untracked: bool) -> set[str]:
    """The files of the repository, with or without new ones that git does not know yet."""
    options = ["--others"] if untracked else []
    command = ["git", "ls-files", "-z", "--cached", "--exclude-standard", *options]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()}


def sdist_differences(archive: Path, files: set[str]) -> list[str]:
    """What is in a source distribution too much (+) or too little (-)."""
    top = archive.name.removesuffix(".tar.gz")
    with tarfile.open(archive) as opened:
        found = {member.name.removeprefix(f"{top}/") for member in opened if member.isfile()}
    wanted = {name for name in files if not name.startswith(LEFT_OUT)} | {"PKG-INFO"}
    return _compared(found, wanted)


def wheel_differences(archive: Path, files: set[str]) -> list[str]:
    """What is in a wheel too much (+) or too little (-)."""
    info = "-".join(archive.name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(archive) as opened:
        found = set(opened.namelist())
    wanted = {name.removeprefix("src/") for name in files if name.startswith("src/")}
    licences = {"LICENSE", "NOTICE", *(name for name in files if _is_licence(name))}
    made = MADE | {f"licenses/{name}" for name in licences}
    return _compared(found, wanted | {f"{info}/{name}" for name in made})


def _is_licence(name: str) -> bool:
    return name.startswith(f"{VENDOR}/") and name.endswith(".LICENSE")


def _compared(found: set[str], wanted: set[str]) -> list[str]:
    extra = [f"+ {name}" for name in sorted(found - wanted)]
    return extra + [f"- {name}" for name in sorted(wanted - found)]
