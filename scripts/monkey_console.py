"""Random clicking in the console, five minutes by default: no script error, no 500, flat memory."""

from __future__ import annotations

import resource
import sys

from lkapi.devserver import World
from tests.console.browsers import open_chromium, watched_page
from tests.console.monkey import Monkey
from tests.console.stages import served

_GROWTH = 1.5
_ROOM = 4_000_000
"""Bytes by which the heap of a page may differ from page to page."""


def main(seconds: float = 300.0, seed: int = 1) -> int:
    with served(world=World()) as (running, server), open_chromium() as browser:
        page = watched_page(browser, running)
        monkey = Monkey(page, server.world, seed)
        before = memory()
        monkey.play(seconds)
        print(f"{monkey.steps} steps, {monkey.missed} of them missed, seed {seed}")
        print("heap of the page:", ", ".join(f"{heap / 1e6:.1f} MB" for heap in monkey.heaps))
        print(f"largest size of this process: {before / 1e3:.0f} MB, then {memory() / 1e3:.0f} MB")
        for error in page.errors:
            print("error:", error)
        grew = monkey.heaps[-1] > monkey.heaps[0] * _GROWTH + _ROOM
        return 1 if page.errors or page.foreign or grew else 0


def memory() -> int:
    """Largest resident size so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(*(kind(text) for kind, text in zip((float, int), arguments, strict=False))))
