"""Snapshots as files: written completely or not at all, and never over another kind of file."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from lkapi.devserver.snapshots.document import open_document
from lkapi.devserver.snapshots.values import SnapshotError

__all__ = ["read_snapshot", "write_private", "write_snapshot"]


def read_snapshot(path: str | Path) -> dict[str, Any] | None:
    """The snapshot in a file, for ``World.restore``; None if there is no file.

    Raises:
        SnapshotError: the file cannot be read, is something else, or is cut off.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SnapshotError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise _foreign(path, "it is not text") from None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "it is empty" if not text.strip() else f"it is not JSON, or cut off ({error})"
        raise _foreign(path, why) from None
    snapshot: dict[str, Any] = open_document(value, str(path)).value
    return snapshot


def _foreign(path: str | Path, why: str) -> SnapshotError:
    return SnapshotError(
        f"{path}: not a snapshot of the embedded server: {why}; it is left unchanged: "
        "use another file, or remove this one"
    )


def write_snapshot(path: str | Path, snapshot: dict[str, Any]) -> None:
    """Write a snapshot to a file that only its owner can read: completely or not at all.

    Raises:
        SnapshotError: the file cannot be written; what was there before is untouched.
    """
    content = json.dumps(snapshot, separators=(",", ":")).encode()
    try:
        write_private(Path(path), content)
    except OSError as error:
        raise SnapshotError(f"cannot write {path}: {error.strerror or error}") from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, completely or not at all.

    Raises:
        OSError: what was there before is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write_through(temporary, content)
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _write_through(path: Path, content: bytes) -> None:
    """Write a new file, which is on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the new name durable, on systems where folders can be opened (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
