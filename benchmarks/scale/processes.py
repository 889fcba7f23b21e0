"""The processes of one run: Redis, the web tier, the workers. Each has a group."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import redis

from benchmarks.scale.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@attrs.frozen
class Usage:
    """What a process group has used."""

    cpu: float
    """Seconds, of all its processes that live."""
    megabytes: float
    """Resident now, pages shared between its processes counted in each."""

    def since(self, before: Usage) -> Usage:
        """The CPU time since then, and the memory now."""
        return Usage(round(self.cpu - before.cpu, 2), round(self.megabytes, 1))

    def rate(self, count: int) -> str:
        """How many of something a second of CPU was enough for."""
        return f"{count / self.cpu:.0f} a second of CPU" if self.cpu else "no CPU time seen"


class Group:
    """A program that runs in a process group of its own."""

    def __init__(self, command: list[str], log: Path, env: dict[str, str], fd: int = -1) -> None:
        self._log = log
        keep = (fd,) if fd >= 0 else ()
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                pass_fds=keep,
                start_new_session=True,
            )
        self.pid = self._process.pid
        self.earlier = 0.0
        """CPU seconds of the same program before it was restarted."""
        self.last = Usage(0.0, 0.0)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def log_has(self, text: str) -> bool:
        """Whether the program has said so."""
        return text in self._log.read_text(errors="replace")

    def usage(self) -> Usage:
        """Of the group now; the last that was seen if it is gone."""
        found = [_usage_of(pid) for pid in _members(self.pid)]
        if found:
            cpu = self.earlier + sum(u.cpu for u in found)
            self.last = Usage(cpu, sum(u.megabytes for u in found))
        return self.last

    def kill(self) -> None:
        """End it at once, with all its processes, as if its machine were gone."""
        self.usage()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        """Ask it to end; kill it if it does not."""
        self.usage()
        if self.alive:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self.kill()


def _members(group: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.getpgid(int(entry.name)) == group:
                    yield int(entry.name)


def _usage_of(pid: int) -> Usage:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return Usage(0.0, 0.0)
    cpu = (int(fields[11]) + int(fields[12])) / _TICKS
    return Usage(cpu, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


class Redis:
    """A redis-server of the run's own; what it appends to its file survives a restart."""

    def __init__(self, folder: Path, *, appendonly: bool) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise SystemExit("there is no redis-server on the path: apt-get install redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._log = folder / "redis.log"
        keep = "yes" if appendonly else "no"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._command += ["--dir", str(folder), "--appendonly", keep, "--appendfsync", "everysec"]
        self.group = self._start()

    def _start(self) -> Group:
        group = Group(self._command, self._log, dict(os.environ))
        wait_until(lambda: answers(self.port), "redis-server")
        return group

    def commands(self) -> int:
        """How many commands it has carried out since it was started."""
        with redis.Redis.from_url(self.url) as client:
            stats: dict[str, int] = client.info("stats")
            return stats["total_commands_processed"]

    def restart(self) -> None:
        """Kill it and start it again on the same folder."""
        self.group.kill()
        before = self.group.last
        self.group = self._start()
        self.group.earlier = before.cpu


def start_web(settings: Settings, listener: socket.socket, log: Path) -> Group:
    """One web process that takes connections from a socket that it shares with the others."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.scale.web:app"]
    command += ["--fd", str(listener.fileno()), "--no-access-log"]
    return Group(command, log, settings.environment(), listener.fileno())


def start_worker(settings: Settings, name: str, log: Path) -> Group:
    """One worker: a Celery parent and one child that works."""
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.scale.worker:queue", "worker"]
    command += ["--concurrency", "1", "--loglevel", "WARNING", "-n", f"{name}@%h"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Group(command, log, settings.environment())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether Redis listens and is done with loading."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as talk:
        talk.sendall(b"PING\r\n")
        return talk.recv(64).startswith(b"+PONG")
    return False


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Look often until something is so."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise SystemExit(f"{what} was not ready after {seconds:g} s")
        time.sleep(0.02)
