"""How soon a browser shows a list of 1,000 rooms, and of 1,000 people, in the console.

The rooms are those of the server of LIVEKIT_URL, where they are made and deleted again, or of the
embedded server in a process of its own; the people are simulated in this one.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import lkapi
from lkapi.console import ConsoleSettings, RunningConsole
from lkapi.devserver import World
from tests.console.browsers import open_chromium, watched_page
from tests.console.stages import KEY, SECRET, join, served

_LOADS = 11
_PAINTED = """() => new Promise(done => new PerformanceObserver(entries => {
    const painted = entries.getEntriesByName('first-contentful-paint')[0];
    if (painted) done([painted.startTime, performance.getEntriesByType('navigation')[0].duration]);
}).observe({type: 'paint', buffered: true}))"""


def main(count: int = 1000) -> int:
    with open_chromium() as browser:
        with _server() as (url, key, secret), lkapi.SyncLiveKitAPI(url, key, secret) as api:
            names = [f"paint-{number:04}" for number in range(count)]
            api.bulk(lambda name: api.room.create_room(name=name, empty_timeout=600), names)
            settings = ConsoleSettings(url=url, api_key=key, api_secret=secret, port=0)
            try:
                with RunningConsole(settings) as running:
                    _time(browser, running, "/rooms", f"{count} rooms")
            finally:
                api.bulk(lambda name: api.room.delete_room(room=name, missing_ok=True), names)
        with served(stage=False, world=World()) as (running, server):
            for number in range(count):
                join(server.world, "hall", f"person-{number:04}")
            _time(browser, running, "/room?name=hall", f"{count} people of a room")
    return 0


@contextlib.contextmanager
def _server() -> Iterator[tuple[str, str, str]]:
    """Url, key and secret."""
    if url := os.environ.get("LIVEKIT_URL"):
        yield url, os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"]
        return
    command = [sys.executable, "-m", "lkapi.devserver", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[3], KEY, SECRET
        finally:
            process.terminate()


def _time(browser: Any, running: RunningConsole, path: str, what: str) -> None:
    page = watched_page(browser, running).page
    paints, wholes = [], []
    for _ in range(_LOADS):
        page.goto(running.url + path)
        painted, whole = page.evaluate(_PAINTED)
        paints.append(painted)
        wholes.append(whole)
    print(
        f"{what}: first paint after {statistics.median(paints):.0f} ms "
        f"({min(paints):.0f} to {max(paints):.0f}), loaded after {statistics.median(wholes):.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
