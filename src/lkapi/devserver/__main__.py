"""``python -m lkapi.devserver``: the embedded server as a program, like ``lkapi dev``."""

from __future__ import annotations

import sys

from lkapi._signals import end_at_signal

if __name__ == "__main__":
    end_at_signal()

from lkapi.devserver.program.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main(program="python -m lkapi.devserver"))
