"""Writes the program's lines from a thread, so that a slow terminal does not stop the server."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from typing import TYPE_CHECKING, Final, TextIO

from lkapi.devserver.program.entries import Entry, as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Journal", "wants_colour"]

_MAX_WAITING: Final = 10_000
_CLOSING_SECONDS: Final = 2.0


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal that may show colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Journal:
    """Accepts entries from any thread and writes each as a line.

    Args:
        stream: where the lines go.
        style: ``text`` or ``json``.
        quiet: write only notes and the start.
    """

    def __init__(self, stream: TextIO, style: str = "text", *, quiet: bool = False) -> None:
        self._stream = stream
        self._quiet = quiet
        self._show = as_json if style == "json" else _text_style(wants_colour(stream))
        self._waiting: queue.Queue[Entry | None] = queue.Queue(_MAX_WAITING)
        self._left_out = 0
        self._thread = threading.Thread(target=self._work, name="lkapi-journal", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Write an entry soon; it is left out if ten thousand already wait."""
        if self._quiet and entry.kind not in ("note", "started"):
            return
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Write the waiting entries, for at most two seconds."""
        try:
            self._waiting.put(None, timeout=_CLOSING_SECONDS)
        except queue.Full:
            return
        self._thread.join(_CLOSING_SECONDS)

    def _work(self) -> None:
        try:
            while (entry := self._waiting.get()) is not None:
                self._write(entry)
        except (OSError, ValueError):  # nobody reads the lines any more, as with `| head`
            _discard_output(self._stream)

    def _write(self, entry: Entry) -> None:
        left_out, self._left_out = self._left_out, 0
        if left_out:
            what = f"{left_out} lines are left out: they came faster than they could be written"
            self._put(Entry(at=entry.at, kind="note", who="lkapi", what=what, good=False))
        self._put(entry)
        if self._waiting.empty():
            self._stream.flush()

    def _put(self, entry: Entry) -> None:
        line, encoding = self._show(entry), getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _discard_output(stream: TextIO) -> None:
    """Make the interpreter's last flush of a closed pipe succeed."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _text_style(colour: bool) -> Callable[[Entry], str]:
    return lambda entry: as_text(entry, colour=colour)
