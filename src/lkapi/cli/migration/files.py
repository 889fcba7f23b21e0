"""The files of a program: found in folders, read and parsed, never imported."""

from __future__ import annotations

import ast
import os
import platform
import tokenize
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from lkapi.cli.migration.findings import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Parsed", "find_files", "parse"]

_SUFFIXES: Final = (".py", ".pyw")
_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
_MARKS: Final = ("pyvenv.cfg", "conda-meta")
"""Files that only the folder of a virtual environment has."""


@attrs.frozen
class Parsed:
    """A file that was read."""

    tree: ast.Module
    lines: list[str]

    def column(self, line: int, offset: int) -> int:
        """The column in characters from 1, for an offset in bytes."""
        return len(self.lines[line - 1].encode()[:offset].decode()) + 1


def find_files(paths: Iterable[Path]) -> Iterator[Path | Unreadable]:
    """The files named, and the Python files of the folders named, each once.

    Hidden folders, environments, ``node_modules`` and links to folders are left out.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _walk(path) if path.is_dir() else [path]:
            if isinstance(file, Unreadable):
                yield file
            elif (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _walk(folder: Path) -> Iterator[Path | Unreadable]:
    failed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if _is_wanted(Path(place, name)))
        for name in sorted(files):
            if name.endswith(_SUFFIXES):
                yield Path(place, name)
    for error in failed:
        yield Unreadable(str(error.filename), f"cannot be listed: {error.strerror}")


def _is_wanted(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED:
        return False
    return not any((folder / mark).exists() for mark in _MARKS)


def parse(path: Path) -> Parsed | Unreadable:
    """The syntax tree of a file, or why there is none."""
    try:
        with tokenize.open(path) as file:
            text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the program's author
            return Parsed(ast.parse(text, path), text.split("\n"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except SyntaxError as error:
        place = f" in line {error.lineno}" if error.lineno else ""
        reason = f"is not Python of version {platform.python_version()}{place}: {error.msg}"
    except UnicodeDecodeError as error:
        reason = f"is not in the encoding that it declares, {error.encoding}: {error.reason}"
    except ValueError as error:
        reason = f"is not Python: {error}"
    except (RecursionError, MemoryError):
        reason = "is nested too deeply to be read"
    return Unreadable(str(path), reason)
