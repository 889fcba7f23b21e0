"""Builds what is published, twice, and checks it: reproducible, complete, well described.

Times inside the archives are those of the last commit (SOURCE_DATE_EPOCH, if set, is kept). The
wheel is built from the source distribution, as everybody does who installs from it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from distributions import ROOT, repository_files, sdist_differences, wheel_differences
from vendored_sbom import SBOM, sbom_text

BIN = Path(sys.executable).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the results")
    parser.add_argument("--write-sbom", action="store_true", help="renew sboms/vendored.cdx.json")
    options = parser.parse_args()
    if options.write_sbom:
        SBOM.write_text(sbom_text(), encoding="utf-8")
        return 0
    if SBOM.read_text(encoding="utf-8") != sbom_text():
        return _fail(f"{SBOM.name} is not what the vendored files say: scripts/build --write-sbom")
    os.environ.setdefault("SOURCE_DATE_EPOCH", _last_commit())
    with tempfile.TemporaryDirectory() as scratch:
        first, second = Path(scratch, "1"), Path(scratch, "2")
        for folder in (first, second):
            _run("-m", "build", "--no-isolation", "--outdir", folder, ROOT)
        problems = _differences(first, second) + _contents(first)
        if problems:
            return _fail("\n".join(problems))
        _run("-m", "twine", "check", "--strict", *sorted(first.iterdir()))
        _environment_sbom(next(first.glob("*.whl")), Path(scratch))
        _publish(first, options.out)
    return 0


def _last_commit() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _run(*arguments: str | Path) -> None:
    """Run Python with these arguments; show what it says only if it fails."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed\n{done.stdout}{done.stderr}")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _differences(first: Path, second: Path) -> list[str]:
    """Archives of which two builds gave two hashes."""
    names = sorted(path.name for path in first.iterdir())
    return [
        f"{name} is not reproducible: two builds differ"
        for name in names
        if _hash(first / name) != _hash(second / name)
    ]


def _contents(built: Path) -> list[str]:
    """Files that are missing or too much; only those that git knows may be published."""
    files = repository_files(untracked=False)
    (wheel,) = built.glob("*.whl")
    (sdist,) = built.glob("*.tar.gz")
    return [f"{wheel.name}: {line}" for line in wheel_differences(wheel, files)] + [
        f"{sdist.name}: {line}" for line in sdist_differences(sdist, files)
    ]


def _environment_sbom(wheel: Path, scratch: Path) -> None:
    """Describe what an installation with every extra consists of, today; beside the wheel."""
    place = scratch / "environment"
    _run("-m", "venv", "--without-pip", place)
    _run("-m", "uv", "pip", "install", "--python", place, f"{wheel}[all]")
    name, version = wheel.name.split("-")[:2]
    described = scratch / "pyproject.toml"
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    described.write_text(text.replace('dynamic = ["version"]', f'version = "{version}"'), "utf-8")
    tool = ("-m", "cyclonedx_py", "environment", "--output-reproducible", "--validate")
    target = wheel.parent / f"{name}-{version}.cdx.json"
    _run(*tool, "--mc-type", "library", "--pyproject", described, "-o", target, place)


def _publish(built: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(path.name for path in built.iterdir())
    sums = [f"{_hash(built / name)}  {name}" for name in names]
    for name in names:
        shutil.copyfile(built / name, out / name)
    (out / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    print("\n".join(sums))


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
