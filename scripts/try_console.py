"""Tries the console against the server of the environment: a room of its own, and what comes of it.

With --join two participants join over WebRTC and publish; with --wait the script prints a token and
waits for somebody to join. Where LiveKit's webhooks point at --hook-port, their arrival is awaited
too.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
import time
from pathlib import Path

import httpx

import lkapi
from lkapi.console import ConsoleSettings, RunningConsole

sys.path.insert(0, str(Path(__file__).parent))
from cli_furniture import ABSENT
from participants import joined, said

_NAMES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")


def main() -> int:
    missing = [name for name in _NAMES if not os.environ.get(name)]
    if missing:
        print(f"nothing is tried: {', '.join(missing)} not set")
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--join", action="store_true", help="let two participants join")
    parser.add_argument("--wait", action="store_true", help="wait until somebody joins")
    parser.add_argument("--hook-port", type=int, default=0, help="await a webhook at this port")
    options = parser.parse_args()
    url, key, secret = (os.environ[name] for name in _NAMES)
    settings = ConsoleSettings(url=url, api_key=key, api_secret=secret, port=options.hook_port)
    with RunningConsole(settings) as running, httpx.Client(base_url=running.url) as client:
        trial = Trial(running, client)
        try:
            trial.run(options)
        finally:
            trial.do("room.delete", room=trial.room)
    print(f"{trial.passed} checks passed, {len(trial.failed)} failed")
    return 1 if trial.failed else 0


class Trial:
    """One trial, with a room of its own."""

    def __init__(self, running: RunningConsole, client: httpx.Client) -> None:
        self.room = f"try-console-{secrets.token_hex(4)}"
        self.running = running
        self.client = client
        self.passed = 0
        self.failed: list[str] = []
        page = client.get(running.address, follow_redirects=True)
        found = re.search(r'csrf-token" content="([^"]+)', page.text)
        assert found is not None, page.text
        self.csrf = found[1]

    def run(self, options: argparse.Namespace) -> None:
        for path in ("/", "/rooms", "/webhooks", "/tokens", "/log?reads=on"):
            page = self.client.get(path)
            alerts = re.findall(r'role="alert">\s*<p[^>]*>([^<]*)', page.text)
            for text in alerts:
                print("        it says:", text)
            known = not alerts or (path == "/" and not self.has_all_services())
            self.check(f"GET {path}", page.status_code == 200 and known)
        self.check("create a room", self.do("room.create", name=self.room, empty_timeout="2m"))
        self.check("it is listed", self.see("/rooms", self.room, q=self.room))
        self.check("metadata", self.do("room.metadata", room=self.room, metadata="tried"))
        self.check("it is shown", self.see("/room", "tried", name=self.room))
        if options.hook_port:
            print(f"point webhooks at {self.running.url}/webhook")
            self.check("a webhook arrives", self.see("/webhooks", "room_started", seconds=60))
        if options.join:
            self.with_participants(hooks=bool(options.hook_port))
        if options.wait:
            self.wait_for_somebody()

    def has_all_services(self) -> bool:
        """Whether egress, ingress and SIP are there; the overview says it when they are not."""
        with lkapi.SyncLiveKitAPI() as api:
            try:
                api.egress.list_egress(active=True)
                api.ingress.list_ingress()
                api.sip.list_dispatch_rule()
            except ABSENT:
                return False
        return True

    def with_participants(self, *, hooks: bool) -> None:
        """See two people who are really there, mute one, tell them something, and remove both."""
        with joined("ann", self.room) as ann, joined("bob", self.room) as bob:
            for identity in ("ann", "bob"):
                shown = self.see("/room", f"identity={identity}", seconds=2, name=self.room)
                self.check(f"{identity} is shown within 2 s", shown)
            if hooks:
                came = self.see("/webhooks", "track_published", seconds=10)
                self.check("webhooks of tracks arrive", came)
            with lkapi.SyncLiveKitAPI() as api:
                found = api.room.get_participant(room=self.room, identity="ann")
            there = {"room": self.room, "identity": "ann"}
            muted = self.do("participant.mute", **there, track_sid=found.tracks[0].sid)
            self.check("mute", muted and said(ann, "muted ann mic"))
            self.check("bob hears of it", said(bob, "muted ann mic"))
            shown = self.see("/room", "(muted)", seconds=2, name=self.room)
            self.check("it is shown within 2 s", shown)
            sent = self.do("room.data", room=self.room, data="hello", destination_identities="bob")
            self.check("data", sent and said(bob, "data hello"))
            for identity, lines in (("ann", ann), ("bob", bob)):
                removed = self.do("participant.remove", room=self.room, identity=identity)
                self.check("remove", removed and said(lines, "disconnected"))
            if hooks:
                self.check("and webhooks say so", self.see("/webhooks", "participant_left"))

    def wait_for_somebody(self) -> None:
        grants = lkapi.VideoGrants(room_join=True, room=self.room)
        print("join with", lkapi.AccessToken(identity="tester", grants=grants).to_jwt())
        there = self.see("/room", "tester", seconds=120, name=self.room)
        self.check("somebody is there", there)
        removed = self.do("participant.remove", room=self.room, identity="tester")
        self.check("and is removed", removed)

    def do(self, action: str, **form: str) -> bool:
        headers = {"x-csrf-token": self.csrf, "hx-request": "true"}
        answer = self.client.post(f"/do/{action}", data=form, headers=headers)
        return answer.status_code == 200

    def see(self, path: str, text: str, *, seconds: float = 5, **query: str) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text in self.client.get(path, params=query).text:
                return True
            time.sleep(0.5)
        return False

    def check(self, what: str, good: bool) -> None:
        print("ok     " if good else "FAILED ", what)
        self.passed += good
        if not good:
            self.failed.append(what)


if __name__ == "__main__":
    sys.exit(main())
