"""Writes ``lkapi.sync`` from the async client: the same code without ``async`` and ``await``.

Works on tokens, so that a name inside a longer name or a string stays what it is. A rule that no
longer changes anything is an error, as is a file in ``lkapi/sync`` that nothing generates.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lkapi"
TARGET = PACKAGE / "sync"

NAMES = {
    "AsyncItems": "Items",
    "AsyncLock": "SyncLock",
    "AsyncPager": "Pager",
    "AsyncTransport": "SyncTransport",
    "LiveKitAPI": "SyncLiveKitAPI",
    "LoopKey": "ProcessKey",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "aclose": "close",
    "aclosing": "closing",
    "adopt_async": "adopt_sync",
    "asend": "send",
    "async_acquire": "sync_acquire",
    "async_sleep": "sync_sleep",
    "loop_is_gone": "process_is_gone",
    "open_async": "open_sync",
    "running_loop": "this_process",
}
"""Names, in code and in the words of docstrings."""

PROSE = {
    r"\basync (with|for)\b": r"\1",
    r"\bawait ": "",
    r"\bevent loop\b": "process",
}
"""Phrases of docstrings and comments."""

_TRANSLATABLE = ("client.py", "channel.py", "pagination.py", "services")
_IMPORT = re.compile(r"\blkapi\.((?:services\.)?\w+)")


class UnusedRuleError(Exception):
    """A rule of this file changed nothing."""


def sources() -> dict[Path, str]:
    """The files to translate: those with ``async``, and those that import such a one."""
    candidates: dict[Path, str] = {}
    for name in _TRANSLATABLE:
        place = PACKAGE / name
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            candidates[path] = path.read_text(encoding="utf-8")
    chosen = {
        path for path, text in candidates.items() if re.search(r"^\s*async ", text, re.MULTILINE)
    }
    while more := _importers(candidates, chosen):
        chosen |= more
    return {path: text for path, text in candidates.items() if path in chosen}


def _importers(candidates: dict[Path, str], chosen: set[Path]) -> set[Path]:
    modules = {_module(path) for path in chosen}
    return {
        path
        for path, text in candidates.items()
        if path not in chosen and modules.intersection(_IMPORT.findall(text))
    }


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


class Translator:
    """Rewrites sources and counts how often each rule was of use."""

    def __init__(self, modules: set[str]) -> None:
        self.used: Counter[str] = Counter()
        ordered = sorted(modules, key=len, reverse=True)
        self._modules = re.compile(rf"\blkapi\.({'|'.join(map(re.escape, ordered))})\b(?!\.py)")

    def translate(self, text: str) -> str:
        """The sync form of one module."""
        lines = self._modules.sub(r"lkapi.sync.\1", text).splitlines(keepends=True)
        tokens = list(tokenize.generate_tokens(io.StringIO("".join(lines)).readline))
        for token in reversed(tokens):
            replacement = self._replacement(token)
            if replacement is not None:
                _splice(lines, token, replacement)
        return "".join(lines)

    def _replacement(self, token: tokenize.TokenInfo) -> str | None:
        if token.type == tokenize.NAME or token.string in ("async", "await"):
            if token.string in ("async", "await"):
                return ""
            if token.string in NAMES:
                self.used[token.string] += 1
                return NAMES[token.string]
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            return self._prose(token.string)
        return None

    def _prose(self, text: str) -> str:
        for name, replacement in NAMES.items():
            text, count = re.subn(rf"\b{name}\b", replacement, text)
            self.used[name] += count
        for pattern, replacement in PROSE.items():
            text, count = re.subn(pattern, replacement, text)
            self.used[pattern] += count
        return text

    def check_rules(self) -> None:
        """Fail on a rule that nothing needs."""
        idle = [rule for rule in (*NAMES, *PROSE) if not self.used[rule]]
        if idle:
            raise UnusedRuleError(f"rules of codegen/sync_twins.py without use: {', '.join(idle)}")


def _splice(lines: list[str], token: tokenize.TokenInfo, replacement: str) -> None:
    """Replace a token in its lines; a dropped keyword takes the blank after it along."""
    (first, start), (last, end) = token.start, token.end
    before, after = lines[first - 1][:start], lines[last - 1][end:]
    if not replacement:
        after = after.removeprefix(" ")
    lines[first - 1 : last] = (before + replacement + after).splitlines(keepends=True)


def generate() -> dict[Path, bytes]:
    """Every file of ``lkapi.sync`` with its content."""
    found = sources()
    translator = Translator({_module(path) for path in found})
    files: dict[Path, bytes] = {}
    for path, text in found.items():
        relative = path.relative_to(PACKAGE)
        header = (
            f"# Generated by `python -m codegen.sync_twins` from src/lkapi/{relative.as_posix()}."
            " DO NOT EDIT.\n"
        )
        files[TARGET / relative] = (header + translator.translate(text)).encode()
    translator.check_rules()
    for folder, words in ((TARGET, "The sync client"), (TARGET / "services", "Its services")):
        content = f'# Generated by `python -m codegen.sync_twins`. DO NOT EDIT.\n"""{words}."""\n'
        files.setdefault(folder / "__init__.py", content.encode())
    return files


def differences(files: dict[Path, bytes]) -> list[str]:
    """What on disk is not what would be generated."""
    found = [
        f"{path.relative_to(ROOT)}: {'stale' if path.exists() else 'missing'}"
        for path, content in files.items()
        if not path.exists() or path.read_bytes() != content
    ]
    orphans = {p for p in TARGET.rglob("*.py") if "__pycache__" not in p.parts} - set(files)
    return found + [f"{path.relative_to(ROOT)}: generated by nothing" for path in sorted(orphans)]


def main(check: bool) -> int:
    """Write the files, or only compare; 1 if the comparison finds something."""
    files = generate()
    if check:
        found = differences(files)
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m codegen.sync_twins", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    sys.exit(main(parser.parse_args().check))
