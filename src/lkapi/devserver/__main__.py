"""``python -m lkapi.devserver``: the embedded server on a port."""

from __future__ import annotations

import sys

from lkapi.devserver.front_ends.serve import main

if __name__ == "__main__":
    sys.exit(main())
