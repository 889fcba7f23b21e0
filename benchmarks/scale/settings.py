"""What the processes of one run are told, through their environment."""

from __future__ import annotations

import json
import os

import attrs

_VARIABLE = "LKAPI_SCALE"
KEY = "devkey"
SECRET = "only-for-the-load-program-of-scale"


@attrs.frozen(kw_only=True)
class Settings:
    """Times in seconds."""

    broker: str
    """Where Redis is."""
    folder: str
    """Where workers write what they did."""
    work: float = 0.001
    """How long the work on one event takes."""
    lease: float = 5.0
    visibility: float = 8.0
    """After what time the queue gives a task of a killed worker to another one."""
    die_at: int = 0
    """At which of its events this worker is killed; 0 for never."""
    die_before_done: bool = True
    """Killed before the work is done, or after it, when only the note of it is missing."""
    die_alone: bool = False
    """Only the child that works is killed, and not its parent."""

    @classmethod
    def from_environment(cls) -> Settings:
        """As the parent process left them."""
        return cls(**json.loads(os.environ[_VARIABLE]))

    def environment(self) -> dict[str, str]:
        """For a child process."""
        return {
            **os.environ,
            _VARIABLE: json.dumps(attrs.asdict(self)),
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
        }
