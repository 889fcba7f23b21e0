"""The main job, step by step, with what the server really answered.

Without arguments it starts the embedded server on a port of its own; with --url, --key and --secret
it asks that server instead, and leaves out what needs a simulated participant.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.server
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence

import attrs

import lkapi
from lkapi.devserver import HTTPFrontEnd, SimulatedParticipant, World

ROOM = "lkapi-demo"
IDENTITY = "ann"


@attrs.frozen
class Target:
    """The server that the demo talks to."""

    url: str
    key: str
    secret: str = attrs.field(repr=False)
    world: World | None = None


def title(text: str) -> None:
    print(f"\n── {text} " + "─" * max(0, 76 - len(text)))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, each column as wide as it needs."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    for number, line in enumerate(lines):
        print(
            "  "
            + "  ".join(
                cell.ljust(width) for cell, width in zip(line, widths, strict=True)
            ).rstrip()
        )
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def show_token(target: Target) -> str:
    """Mint a join token and read it back as a verifier would."""
    title("A join token, minted and verified")
    token = (
        lkapi.AccessToken(target.key, target.secret, identity=IDENTITY, name="Ann", ttl="10m")
        .with_grants(lkapi.VideoGrants(room_join=True, room=ROOM, can_publish_data=False))
        .with_attributes({"plan": "gold"})
        .to_jwt()
    )
    claims = lkapi.TokenVerifier(target.key, target.secret).verify(token)
    video = claims.video
    table(
        ("claim", "value"),
        [
            ("identity", claims.identity),
            ("name", claims.name),
            ("room", video.room if video else ""),
            ("attributes", claims.attributes),
            ("may publish data", video.can_publish_data if video else ""),
            ("valid for", f"{(claims.exp or 0) - int(time.time())} s"),
            ("length", f"{len(token)} characters"),
        ],
    )
    return token


async def show_async(target: Target, token: str) -> SimulatedParticipant | None:
    """Create, list and update through the async client; let a participant in."""
    title("Async client: create, join, list, update")
    async with lkapi.LiveKitAPI(target.url, target.key, target.secret) as api:
        room = await api.room.create_room(name=ROOM, empty_timeout=600, metadata="made by demo")
        print(f"  created {room.name} as {room.sid}, empty_timeout {room.empty_timeout} s")
        ann = None
        if target.world is not None:
            ann = target.world.join(token)
            ann.publish("mic", source=lkapi.TrackSource.MICROPHONE)
            print(f"  {ann.identity} joined with the token and published a microphone track")
        rooms = await api.room.list_rooms(names=[ROOM])
        table(
            ("room", "sid", "participants", "metadata"),
            [(r.name, r.sid, r.num_participants, r.metadata) for r in rooms.rooms],
        )
        changed = await api.room.update_room_metadata(room=ROOM, metadata="changed")
        print(f"  room metadata is now {changed.metadata!r}")
        if ann is not None:
            info = await api.room.update_participant(
                room=ROOM, identity=IDENTITY, attributes={"plan": "platinum"}
            )
            print(f"  attributes of {info.identity} are now {info.attributes}")
    return ann


def show_sync(target: Target, ann: SimulatedParticipant | None) -> None:
    """Mute, send data, remove and delete through the sync client."""
    title("Sync client: mute, send data, remove, delete")
    with lkapi.SyncLiveKitAPI(target.url, target.key, target.secret) as api:
        people = api.room.list_participants(room=ROOM).participants
        table(
            ("participant", "state", "tracks", "attributes"),
            [
                (
                    p.identity,
                    lkapi.ParticipantInfo.State.Name(p.state),
                    ", ".join(t.name for t in p.tracks),
                    p.attributes,
                )
                for p in people
            ],
        )
        if ann is not None:
            track = people[0].tracks[0].sid
            muted = api.room.mute_published_track(
                room=ROOM, identity=IDENTITY, track_sid=track, muted=True
            )
            print(f"  muted {track}: {muted.track.muted if muted.track else '?'}")
            api.room.send_data(room=ROOM, data=b"hello", topic="chat")
            print(f"  data that {IDENTITY} received: {[packet.payload for packet in ann.received]}")
            api.room.remove_participant(room=ROOM, identity=IDENTITY)
            print(f"  removed {IDENTITY}, who was told {ann.disconnect_reason!r}")
        try:
            api.room.get_participant(room=ROOM, identity="nobody")
        except lkapi.NotFoundError as error:
            print(f"  a refused call: {type(error).__name__}: {error}")
        api.room.delete_room(room=ROOM)
        again = api.room.delete_room(room=ROOM, missing_ok=True)
        print(f"  deleted; deleting again with missing_ok gives {again}")


def show_refusal(target: Target) -> None:
    """Ask with the wrong secret, and show what the caller sees."""
    title("The wrong secret")
    wrong = "x" * 32
    with lkapi.SyncLiveKitAPI(target.url, target.key, wrong) as api:
        try:
            api.room.list_rooms()
        except lkapi.UnauthenticatedError as error:
            print(f"  {type(error).__name__}: {error}")
            print(f"  status {error.status}, method {error.method}; no token in sight")


@contextlib.contextmanager
def webhook_route(key: str, secret: str) -> Iterator[tuple[str, list[lkapi.WebhookEvent]]]:
    """A small web server with one webhook route."""
    receiver = lkapi.WebhookReceiver(lkapi.TokenVerifier(key, secret))
    events: list[lkapi.WebhookEvent] = []

    class Route(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                events.append(receiver.receive(body, self.headers["Authorization"]))
                self.send_response(200)
            except lkapi.WebhookError as error:
                print(f"  refused: {type(error).__name__}: {error}")
                self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Keep the output of the demo readable."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Route) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhook", events
        server.shutdown()


def show_webhook(target: Target) -> None:
    """Sign an event as LiveKit does, deliver it over HTTP, and verify it; then a forged one."""
    title("A signed webhook, received and verified")
    event = lkapi.WebhookEvent(
        event="room_finished",
        id="EV_demo",
        created_at=int(time.time()),
        room=lkapi.Room(name=ROOM, sid="RM_demo"),
    )
    body = event.to_json().encode()
    with webhook_route(target.key, target.secret) as (url, events):
        for sent in (body, body.replace(b"EV_demo", b"EV_fake")):
            token = lkapi.sign_webhook(body, target.key, target.secret)
            request = urllib.request.Request(url, data=sent, method="POST")
            request.add_header("Authorization", token)
            request.add_header("Content-Type", "application/webhook+json")
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=5).close()
        table(
            ("event", "id", "room", "created at"),
            [(e.event, e.id, e.room.name if e.room else "", e.created_time) for e in events],
        )


def run(target: Target) -> None:
    """All steps, one after another."""
    token = show_token(target)
    ann = asyncio.run(show_async(target, token))
    show_sync(target, ann)
    show_refusal(target)
    show_webhook(target)
    print("\nDone.")


def main() -> None:
    """Read the arguments and run on the server they name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a real server; the embedded one without it")
    parser.add_argument("--key", help="API key of that server")
    parser.add_argument("--secret", help="API secret of that server")
    given = parser.parse_args()
    if given.url:
        if not (given.key and given.secret):
            parser.error("--url needs --key and --secret")
        print(f"lkapi {lkapi.__version__} on {given.url}")
        run(Target(given.url, given.key, given.secret))
        return
    key, secret = "devkey", "secret"
    with HTTPFrontEnd(World(keys={key: secret})) as server:
        print(f"lkapi {lkapi.__version__} on the embedded server at {server.url}")
        run(Target(server.url, key, secret, server.world))


if __name__ == "__main__":
    main()
