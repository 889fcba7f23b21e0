"""A seeded monkey: clicks and types at random over a world that changes all the time."""

from __future__ import annotations

import random
import time

from playwright.sync_api import Error

import lkapi
from tests.console.browsers import Watched
from tests.console.stages import join

__all__ = ["Monkey"]

_TEXTS = ("demo", "ann", "5m", "7", "<b>x</b>", "-1", "{", "", "+14155550101", "a" * 400)
_CLICKS = "a:not([data-close]), button, summary, [role=tab], input[type=checkbox]"


class Monkey:
    """Clicks on one page.

    Args:
        page: entered already.
        world: the world, which it changes as well.
        seed: the same seed clicks alike, as far as the world lets it.
    """

    def __init__(self, page: Watched, world, seed: int) -> None:
        self.page = page
        self.world = world
        self.random = random.Random(seed)
        self.steps = 0
        self.missed = 0
        self.heaps: list[int] = []
        self.last = "nothing"
        """What it did last, for when that never ends."""

    def play(self, seconds: float) -> None:
        """Click for so long; the heap is measured each minute, and at both ends."""
        end = time.monotonic() + seconds
        self._measure()
        measured = time.monotonic()
        while time.monotonic() < end:
            self.step()
            if time.monotonic() - measured > 60:
                self._measure()
                measured = time.monotonic()
        self._measure()

    def step(self) -> None:
        """Change the world a little, then click or type once."""
        self.steps += 1
        self._change_the_world()
        page, choose = self.page.page, self.random
        try:
            if choose.random() < 0.12:
                path = choose.choice(self._paths())
                self._doing(f"go to {path}")
                self.page.go(path)
            elif choose.random() < 0.3:
                self._type()
            elif choose.random() < 0.15:
                key = choose.choice(["Escape", "Enter", "Tab", "ArrowRight"])
                self._doing(f"press {key}")
                page.keyboard.press(key)
            elif choose.random() < 0.1:
                self._choose()
            else:
                self._click()
        except Error:
            self.missed += 1  # what was to be clicked is covered, or went away meanwhile

    def _doing(self, what: str) -> None:
        self.last = f"{self.steps}: {what} on {self.page.page.url}"

    def _paths(self) -> list[str]:
        found: list[str] = self.page.page.eval_on_selector_all(
            "nav a", "links => links.map(link => link.getAttribute('href'))"
        )
        return found or ["/"]

    def _visible(self, selector: str):
        page = self.page.page
        inside = "dialog[open] " if page.locator("dialog[open]").count() else ""
        selector = ", ".join(inside + one.strip() for one in selector.split(","))
        found = page.locator(selector)
        count = found.count()
        return found.nth(self.random.randrange(count)) if count else None

    def _click(self) -> None:
        self._doing("click")
        found = self._visible(_CLICKS)
        if found is not None:
            found.click(timeout=300, force=True, no_wait_after=True)

    def _choose(self) -> None:
        self._doing("choose")
        found = self._visible("select")
        if found is not None:
            options = found.locator("option").count()  # 0: it went away meanwhile
            found.select_option(index=self.random.randrange(options or 1), timeout=300)

    def _type(self) -> None:
        self._doing("type")
        found = self._visible("input:not([type=hidden]):not([type=checkbox]), textarea")
        if found is not None:
            found.fill(self.random.choice(_TEXTS), timeout=300)

    def _change_the_world(self) -> None:
        choose = self.random
        people = [p for room in self.world.rooms.values() for p in room.participants.values()]
        try:
            if choose.random() < 0.3 and len(people) < 60:
                room = f"room-{choose.randrange(8)}"
                join(self.world, room, f"p{choose.randrange(400)}", tracks=choose.randrange(3))
            elif choose.random() < 0.4 and people:
                choose.choice(people).leave()
        except lkapi.LiveKitError:
            return  # the room is full, or has just ended: worlds are like that

    def _measure(self) -> None:
        session = self.page.page.context.new_cdp_session(self.page.page)
        session.send("HeapProfiler.collectGarbage")
        self.heaps.append(int(session.send("Runtime.getHeapUsage")["usedSize"]))
        session.detach()
