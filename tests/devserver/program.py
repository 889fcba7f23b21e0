"""The development server in a process of its own, for tests."""

from __future__ import annotations

import contextlib
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lkapi

__all__ = ["Running", "running"]


class Running:
    """The program in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.environment: dict[str, str] = {}

    def lines_until(self, wanted: Callable[[str], bool]) -> list[str]:
        """What it prints, up to a line."""
        assert self.process.stdout is not None
        lines: list[str] = []
        while not lines or not wanted(lines[-1]):
            line = self.process.stdout.readline()
            assert line, (lines, self.process.poll())
            lines.append(line.rstrip("\n"))
        return lines

    def read_start(self) -> list[str]:
        """The lines of the start, and the variables that they export."""
        lines = self.lines_until(lambda line: "LIVEKIT_API_SECRET" in line)
        for line in lines:
            if line.startswith("export "):
                name, _, value = shlex.split(line)[1].partition("=")
                self.environment[name] = value
        return lines

    def client(self, **more: Any) -> lkapi.SyncLiveKitAPI:
        env = self.environment
        key, secret = env["LIVEKIT_API_KEY"], env["LIVEKIT_API_SECRET"]
        return lkapi.SyncLiveKitAPI(env["LIVEKIT_URL"], key, secret, **more)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, and what else was printed."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=20), out, err


@contextlib.contextmanager
def running(*options: str, cwd: Path | None = None) -> Iterator[Running]:
    command = [sys.executable, "-m", "lkapi.devserver", "--port", "0", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
    )
    try:
        yield Running(process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        process.kill()
        process.wait(timeout=20)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
