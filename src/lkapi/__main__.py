"""``python -m lkapi``: the same as the command ``lkapi``."""

from __future__ import annotations

import sys

from lkapi.cli import main

if __name__ == "__main__":
    sys.exit(main())
