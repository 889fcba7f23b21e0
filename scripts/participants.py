"""People who are really there: each a process that joins a room over WebRTC and publishes."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import lkapi

_HOME = Path(__file__).parent.parent / ".venv-rtc"
_PACKAGE = "livekit>=1.2"


def said(lines: IO[str], text: str) -> bool:
    """Whether a participant prints this, now or later."""
    return any(line.startswith(text) for line in lines)


@contextlib.contextmanager
def joined(identity: str, room: str) -> Iterator[IO[str]]:
    """What a participant prints who is there, and publishes, until the block ends.

    LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name the server.
    """
    grants = lkapi.VideoGrants(room_join=True, room=room)
    token = lkapi.AccessToken(identity=identity, grants=grants).to_jwt()
    process = subprocess.Popen(
        [_interpreter(), Path(__file__).with_name("real_participant.py")],
        env={"LIVEKIT_URL": os.environ["LIVEKIT_URL"], "LIVEKIT_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the engine tells of connections that the server closes
        text=True,
    )
    with process:
        try:
            if not said(process.stdout, f"published {identity}"):
                raise SystemExit(f"{identity} could not join {room} over WebRTC")
            yield process.stdout
        finally:
            process.terminate()


@functools.cache
def _interpreter() -> Path:
    """A Python that has LiveKit's client, in an environment of its own."""
    uv = (sys.executable, "-m", "uv")
    if not (_HOME / "pyvenv.cfg").exists():
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, _HOME], check=True)
        install = (*uv, "pip", "install", "--quiet", "--python", _HOME, _PACKAGE)
        subprocess.run(install, check=True)
    return _HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
