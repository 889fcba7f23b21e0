"""Short ways to call an embedded server in tests."""

from __future__ import annotations

import json
from typing import Any

from lkapi.devserver import DevServer, Ids, VirtualClock, World, WorldConfig
from lkapi.devserver.server.exchange import Exchange
from lkapi.transports.base import Request
from tests.devserver.tokens import KEYS, mint

START = 1_800_000_000.0
ALL = {"roomCreate": True, "roomList": True, "roomAdmin": True}


class Server:
    """A server on a virtual clock, with every grant for the room of the request."""

    def __init__(self, profile: str = "self-hosted", **settings: Any) -> None:
        self.clock = VirtualClock(START)
        config = WorldConfig(profile=profile, keys=KEYS, **settings)
        self.world = World(config=config, clock=self.clock, ids=Ids(1))
        self.dev = DevServer(self.world)

    def token(self, sub: str = "admin", **claims: Any) -> str:
        now = int(self.clock.token_now())
        return mint({"iss": "devkey", "sub": sub, "nbf": now - 5, "exp": now + 600, **claims})

    def join(self, identity: str = "ann", room: str = "demo", *, active: bool = True, **more: Any):
        """A participant; ``grants`` adds to the video grant, other keywords are claims."""
        video = {"roomJoin": True, "room": room, **more.pop("grants", {})}
        publish = more.pop("publish", "")
        attributes = more.pop("client_attributes", None)
        return self.world.join(
            self.token(identity, video=video, **more),
            active=active,
            publish=publish,
            attributes=attributes,
        )

    def exchange(
        self, method: str, body: Any = None, headers: dict[str, str] | None = None, **grants: Any
    ) -> Exchange:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        room = "" if isinstance(body, bytes) else (body or {}).get("room", "")
        dest = "" if isinstance(body, bytes) else (body or {}).get("destination_room", "")
        video = {**ALL, "room": room, "destinationRoom": dest, **grants}
        sent = {
            "Authorization": f"Bearer {self.token(video=video)}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        path = method if method.startswith("/") else f"/twirp/livekit.RoomService/{method}"
        return self.dev.exchange(Request("POST", path, sent, content))

    def call(self, method: str, body: Any = None, **grants: Any) -> tuple[int, Any]:
        response = self.exchange(method, body, **grants).response
        return response.status, json.loads(response.content)

    def send(self, verb: str, path: str, **headers: str):
        """A bare request without a token."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.dev.handle(Request(verb, path, named))

    def events(self) -> list[str]:
        return self.world.events.names()
