"""Chromium for the tests: the system's own, driven by playwright, which downloads none."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path
from queue import Empty, Queue

__all__ = ["AXE", "CHROMIUM", "Watched", "open_chromium", "watched_page"]

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_BY_LOOKS = ("color-contrast", "scrollable-region-focusable")
"""Rules of axe-core that depend on theme and width."""
_FRAME = (".top", ".menu")
_RUN_AXE = """async ({rules, without}) => (await axe.run({include: document, exclude: without}, {
    resultTypes: ['violations'], ...(rules.length ? {runOnly: {type: 'rule', values: rules}} : {}),
})).violations"""
_PATIENCE = 150
"""Seconds for what one test does with the browser; the longest looks at every page."""
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-dev-shm-usage", "--no-first-run", "--disable-features=RenderDocument",
)  # fmt: skip
"""RenderDocument: with it, closing a page just as it goes elsewhere may never end
(microsoft/playwright#42068)."""


@contextlib.contextmanager
def open_chromium():
    """A browser with a profile of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page, with what went wrong in it."""

    def __init__(self, page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._framed: set[bool] = set()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        page.on("response", self._answered)
        page.on("request", self._asked)
        self.origin = ""

    def _said(self, message) -> None:
        expected = message.text.startswith("Failed to load resource")  # has a response of its own
        if message.type == "error" and not expected:
            self.errors.append(f"console: {message.text}")

    def _answered(self, response) -> None:
        if response.status == 500:
            self.errors.append(f"500: {response.url}")

    def _asked(self, request) -> None:
        if self.origin and not request.url.startswith((self.origin, "data:")):
            self.foreign.append(request.url)

    def enter(self, running):
        self.origin = running.url
        self.page.goto(running.address)
        return self

    def go(self, path: str):
        self.page.goto(self.origin + path)
        return self

    def look(self, scheme: str, width: int) -> None:
        """Show the page in a theme, at a width."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 900})

    def axe(self, *, again: bool = False) -> list[str]:
        """What axe-core finds, as sentences; the script comes past the page's policy.

        Menu and head are the same on all pages, and looked at in the first. ``again``: the page is
        the same, but looks otherwise: what depends on that is looked at.
        """
        if not again:
            session = self.page.context.new_cdp_session(self.page)
            session.send("Runtime.evaluate", {"expression": AXE})
            session.detach()
        looks = self.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        without = [] if looks not in self._framed else [[one] for one in _FRAME]
        self._framed.add(looks)
        rules = list(_BY_LOOKS) if again else []
        found = self.page.evaluate(_RUN_AXE, {"rules": rules, "without": without})
        return [
            f"{one['id']}: {one['help']}: {node['html'][:120]}"
            for one in found
            for node in one["nodes"]
        ]

    def check(self) -> None:
        assert self.errors == []
        assert self.foreign == []


def watched_page(browser, running, *, width: int = 1280, scheme: str = "light") -> Watched:
    """A page of a browser with cookies of its own, which has entered a console."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    return Watched(context.new_page()).enter(running)


class BrowserThread:
    """Playwright in a thread of its own: pytest's own thread may have an event loop."""

    def __init__(self) -> None:
        self._jobs: Queue = Queue()
        self._ready: Queue = Queue()
        self._stuck = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with open_chromium() as browser:
            while (job := self._jobs.get()) is not None:
                try:
                    self._ready.put((job(browser), None))
                except BaseException as error:  # noqa: PERF203
                    self._ready.put((None, error))

    def run(self, job):
        """Run a function with the browser, and return or raise what it does.

        A script in a page has no time limit in playwright; one that never ends shall not end the
        whole run.
        """
        assert not self._stuck, "the browser did not finish an earlier test"
        self._jobs.put(job)
        try:
            result, error = self._ready.get(timeout=_PATIENCE)
        except Empty:
            self._stuck = True
            raise AssertionError(f"the browser did not finish within {_PATIENCE} s") from None
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(10 if self._stuck else None)
