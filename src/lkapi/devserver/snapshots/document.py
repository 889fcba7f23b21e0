"""The outermost object of a snapshot: its kind, version and time."""

from __future__ import annotations

from typing import Any, Final, cast

from lkapi.devserver.snapshots.values import Saved, SnapshotError

__all__ = ["FORMAT", "VERSION", "make_document", "open_document"]

FORMAT: Final = "lkapi world"
VERSION: Final = 1
"""Increased if an older lkapi would misread what a newer one writes."""


def make_document(parts: dict[str, Any], saved_at: float) -> dict[str, Any]:
    """A snapshot of these parts."""
    return {"format": FORMAT, "version": VERSION, "saved_at": saved_at, "world": parts}


def open_document(value: object, where: str) -> Saved:
    """The snapshot in a JSON value.

    Raises:
        SnapshotError: it is not a snapshot, or was written by a newer version of lkapi.
    """
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if fields.get("format") != FORMAT:
        raise SnapshotError(f"{where}: not a snapshot of the embedded server")
    document = Saved(fields, where)
    version = document.at("version").integer()
    if version > VERSION:
        raise SnapshotError(
            f"{where}: written by a newer version of lkapi (snapshot version {version}, this one "
            f"reads up to {VERSION}): update lkapi, or start with another file"
        )
    return document
