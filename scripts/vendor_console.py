"""Copies the browser's libraries out of their npm packages, at the versions of the table below.

``scripts/vendor-console`` writes the files, their licences and VENDORED.json beside them, which
tests/console/test_static_files.py compares with the files. To update: change a version, run it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "src/lkapi/console/static/vendor"
TESTS = ROOT / "tests/console/vendor"
PACKAGES = {
    SHIPPED: {
        "htmx.org": ("2.0.11", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"}),
        "idiomorph": (
            "0.7.4",
            {"dist/idiomorph-ext.min.js": "idiomorph-ext.min.js", "LICENSE": "idiomorph.LICENSE"},
        ),
        "uplot": (
            "1.6.32",
            {
                "dist/uPlot.iife.min.js": "uPlot.iife.min.js",
                "dist/uPlot.min.css": "uPlot.min.css",
                "LICENSE": "uPlot.LICENSE",
            },
        ),
    },
    TESTS: {"axe-core": ("4.10.3", {"axe.min.js": "axe.min.js", "LICENSE": "axe.LICENSE"})},
}


def main() -> int:
    for folder, packages in PACKAGES.items():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        record = {name: vendor(folder, name, *wanted) for name, wanted in packages.items()}
        text = json.dumps(record, indent=2, sort_keys=True) + "\n"
        (folder / "VENDORED.json").write_text(text, encoding="utf-8")
    return 0


def vendor(folder: Path, name: str, version: str, files: dict[str, str]) -> dict[str, object]:
    """Copy files of one package; what the record says of it."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", "--pack-destination", scratch, f"{name}@{version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as packed:
            content = {inside: read(packed, inside) for inside in ("package.json", *files)}
    for inside, outside in files.items():
        (folder / outside).write_bytes(content[inside])
    licence = json.loads(content["package.json"])["license"]
    hashes = {out: hashlib.sha256(content[inside]).hexdigest() for inside, out in files.items()}
    print(f"{name} {version} ({licence}): {', '.join(files.values())}")
    return {"version": version, "license": licence, "sha256": hashes}


def read(packed: tarfile.TarFile, inside: str) -> bytes:
    stream = packed.extractfile(f"package/{inside}")
    assert stream is not None, inside
    return stream.read()


if __name__ == "__main__":
    sys.exit(main())
