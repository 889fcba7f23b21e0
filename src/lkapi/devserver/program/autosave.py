"""Keeps the snapshot file of a running server up to date."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.snapshots.files import write_snapshot
from lkapi.devserver.snapshots.values import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Autosave"]

_PAUSE: Final = 1.0
_SHARE: Final = 10.0
"""A large world takes long to write: each pause is at least so many times as long as the write."""


class Autosave:
    """Writes a snapshot soon after each change, but once a second at most, and when it is closed.

    Args:
        path: path of the file.
        take: returns the snapshot.
        complain: called with the reason if a write failed; the next change triggers another
            attempt.
        pause: seconds between two writes.
    """

    def __init__(
        self,
        path: str,
        take: Callable[[], dict[str, Any]],
        complain: Callable[[str], None],
        *,
        pause: float = _PAUSE,
    ) -> None:
        self._path = path
        self._take = take
        self._complain = complain
        self._pause = pause
        self._written: dict[str, Any] = {}
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="lkapi-autosave", daemon=True)

    def start(self) -> None:
        """Write the file now, and after each change from now on.

        Raises:
            SnapshotError: it cannot be written.
        """
        self._save()
        self._thread.start()

    def changed(self, *_: object) -> None:
        """Note that something may have changed; this costs nothing and may be called anywhere."""
        self._changed.set()

    def close(self) -> bool:
        """Write the last state; returns whether that succeeded."""
        self._closed.set()
        self._changed.set()
        self._thread.join()
        return self._try_to_save()

    def _work(self) -> None:
        while self._changed.wait() and not self._closed.is_set():
            self._changed.clear()
            began = time.monotonic()
            if not self._try_to_save():
                self._changed.set()
            took = time.monotonic() - began
            self._closed.wait(max(self._pause, took * _SHARE))

    def _try_to_save(self) -> bool:
        try:
            self._save()
        except SnapshotError as error:
            self._complain(str(error))
            return False
        return True

    def _save(self) -> None:
        """Write the state, unless the file already has it."""
        snapshot = self._take()
        content = {name: part for name, part in snapshot.items() if name != "saved_at"}
        if content != self._written:
            write_snapshot(self._path, snapshot)
            self._written = content
