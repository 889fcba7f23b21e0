"""Fail when type-ignores without a reason creep in, or when there are ten or more of them."""

from __future__ import annotations

import pathlib
import re
import sys

LIMIT = 10
IGNORE = re.compile(r"#\s*(?:type|pyright):\s*ignore(?P<rest>.*)")
ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    """Print each ignore and judge the lot."""
    found: list[str] = []
    bare: list[str] = []
    for top in ("src", "codegen"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = IGNORE.search(line)
                if match is None:
                    continue
                place = f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
                found.append(place)
                rest = match["rest"]
                if "[" not in rest or "#" not in rest.split("]", 1)[-1]:
                    bare.append(place)
    print("\n".join(found))
    print(f"{len(found)} type-ignores (limit {LIMIT - 1}), {len(bare)} without code and reason")
    return 1 if bare or len(found) >= LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
