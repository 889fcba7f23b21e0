"""What a fresh interpreter has loaded after some statements."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["loaded_by"]


def loaded_by(statements: str) -> set[str]:
    """The names of its modules."""
    code = f"{statements}\nimport sys\nprint('\\n'.join(sys.modules))"
    # coverage, which would measure this process too, loads a lot
    environ = {name: os.environ[name] for name in os.environ if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    return set(done.stdout.split())
