"""Cleans up a project in bulk: idle rooms, recordings without a room, inputs that nobody uses.

It shows one operation over many items with a limit, a deadline and progress, where an error of one
item does not end the others: the job says which failed and why, and can be run again. Without
``--yes`` it only says what it would do.

    pip install 'lkapi-sdk[cli]'
    lkapi dev
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    python cleanup.py --idle-hours 12
    python cleanup.py --idle-hours 12 --yes

It runs the same against a real server; an API key of the project is needed. The exit code is 0 if
all was done, 1 if something failed, 2 if the server could not be asked.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import lkapi

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Item:
    """One thing to clean up."""

    kind: str
    id: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.why})"


@dataclass
class Cleanup:
    """What is found, and how it is deleted; nothing is deleted while it looks."""

    api: lkapi.SyncLiveKitAPI
    idle_seconds: float
    clock: Callable[[], float] = time.time
    out: TextIO = field(default_factory=lambda: sys.stderr)

    def find(self) -> list[Item]:
        rooms = list(self.api.room.iter_rooms())
        names = {room.name for room in rooms}
        before = self.clock() - self.idle_seconds
        found = [
            Item("room", room.name, "nobody is there")
            for room in rooms
            if room.num_participants == 0 and room.creation_time < before
        ]
        found += [
            Item("egress", egress.egress_id, f"no room {egress.room_name!r}")
            for egress in self.api.egress.iter_egress(active=True)
            if egress.room_name and egress.room_name not in names
        ]
        found += [
            Item("ingress", ingress.ingress_id, "not in use")
            for ingress in self.api.ingress.iter_ingress()
            if not (ingress.reusable or is_live(ingress))
        ]
        return found

    def delete(self, item: Item) -> None:
        """Delete one; what is gone by now is as good as deleted."""
        if item.kind == "room":
            self.delete_room(item.id)
        elif item.kind == "egress":
            self.api.egress.stop_egress(egress_id=item.id, ended_ok=True, missing_ok=True)
        else:
            self.api.ingress.delete_ingress(ingress_id=item.id, missing_ok=True)

    def delete_room(self, name: str) -> None:
        """Unless somebody came in since it was found."""
        if self.api.room.list_participants(room=name).participants:
            self.show(f"kept room {name}: somebody came in\n")
        else:
            self.api.room.delete_room(room=name, missing_ok=True)

    def run(
        self, items: Sequence[Item], *, limit: int = 10, deadline: float | None = None
    ) -> lkapi.BulkResults[Item, None]:
        """Delete them all; ``deadline`` seconds later nothing more is begun."""
        return self.api.bulk(
            self.delete, items, limit=limit, deadline=deadline, on_progress=self.progress
        )

    def progress(self, seen: lkapi.BulkProgress[Item, None]) -> None:
        failed = f", {seen.failed} failed" if seen.failed else ""
        self.show(f"\r{seen.done} of {seen.total}{failed} ")
        if seen.done == seen.total:
            self.show("\n")

    def show(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def is_live(ingress: lkapi.IngressInfo) -> bool:
    live = (lkapi.IngressState.ENDPOINT_BUFFERING, lkapi.IngressState.ENDPOINT_PUBLISHING)
    return ingress.state is not None and ingress.state.status in live


def report(results: lkapi.BulkResults[Item, None]) -> int:
    """Say what was not done; the exit code."""
    for result in results.failed:
        print(f"failed: {result.item}: {result.error}")
    for result in results.not_started:
        print(f"left for the next run: {result.item}")
    print(f"{len(results.succeeded)} of {len(results)} done")
    return 0 if results.ok else 1


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Clean up a LiveKit project.")
    parser.add_argument("--idle-hours", type=float, default=24.0, help="age of idle rooms [24]")
    parser.add_argument("--limit", type=int, default=10, help="how many at once [10]")
    parser.add_argument("--deadline", type=float, help="seconds after which nothing is begun")
    parser.add_argument("--yes", action="store_true", help="delete, rather than say what would be")
    options = parser.parse_args(arguments)
    try:
        with lkapi.SyncLiveKitAPI() as api:
            cleanup = Cleanup(api, options.idle_hours * 3600)
            items = cleanup.find()
            if not options.yes:
                print("\n".join(f"would delete {item}" for item in items) or "nothing to do")
                return 0
            return report(cleanup.run(items, limit=options.limit, deadline=options.deadline))
    except lkapi.LiveKitError as error:
        print(f"the server could not be asked: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
