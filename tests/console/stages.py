"""Consoles for the tests: over an embedded server, in this process or served to a browser."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from starlette.testclient import TestClient

import lkapi
from lkapi.console import Access, ConsoleApp, ConsoleSettings, RunningConsole, Stage
from lkapi.devserver import DevServer, HTTPFrontEnd, InProcessTransport, Webhooks, World

KEY, SECRET = "devkey", "secret"
PORT = 7890
NASTY = '<img src=x onerror="window.pwned=1">\'"&<script>window.pwned=1</script>'
"""A text that does harm where it is taken for HTML."""


def join(world: World, room: str, identity: str, *, tracks: int = 1, **token: Any):
    grants = lkapi.VideoGrants(room_join=True, room=room)
    jwt = lkapi.AccessToken(KEY, SECRET, identity=identity, grants=grants, **token).to_jwt()
    person = world.join(jwt)
    for number in range(tracks):
        person.publish(f"mic{number}")
    return person


class Player:
    """A console in this process, and a browser that has entered it."""

    def __init__(self, app: ConsoleApp, client: TestClient, server: DevServer) -> None:
        self.app = app
        self.client = client
        self.server = server
        self.world = server.world
        self.csrf = ""

    def enter(self) -> Player:
        response = self.client.get(f"/enter?token={self.app.sessions.token}")
        assert response.status_code == 200, response.text
        self.csrf = read_csrf(response.text)
        return self

    def get(self, path: str, **query: str):
        return self.client.get(path, params=query or None)

    def part(self, path: str, part: str, **query: str):
        headers = {"hx-request": "true"}
        return self.client.get(path, params={**query, "part": part}, headers=headers)

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str):
        sent = {"x-csrf-token": self.csrf, "hx-request": "true", **headers}
        return self.client.post(path, data=form or {}, headers=sent)

    def do(self, action: str, **form: str):
        """Send the form of an action; dots of names are written ``__``."""
        return self.post(f"/do/{action}", {k.replace("__", "."): v for k, v in form.items()})


def live_parts(player: Player, html: str) -> list[str]:
    """What the live regions of a page are replaced by, each fetched alone."""
    import html as entities

    found = [entities.unescape(one) for one in re.findall(r'hx-get="([^"]*part=[^"]*)"', html)]
    answers = [player.client.get(one, headers={"hx-request": "true"}) for one in found]
    assert all(answer.status_code == 200 for answer in answers), found
    assert not any("<html" in answer.text for answer in answers), found
    return [answer.text for answer in answers]


def read_csrf(html: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]*)"', html)
    assert found is not None
    return found[1]


def text_of(html: str) -> str:
    """The text of a page, without its tags."""
    import html as entities

    return entities.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


@contextlib.contextmanager
def playing(
    *,
    stage: bool = False,
    server: DevServer | None = None,
    transport: Any = None,
    access: Access | None = None,
    **settings: Any,
):
    """A console over an embedded server, entered where its address lets one in."""
    server = server or DevServer(World())
    made = ConsoleSettings(
        **{"url": "http://127.0.0.1:7880", "api_key": KEY, "api_secret": SECRET, **settings},
        access=access or Access(),
    )
    app = ConsoleApp(
        made,
        stage=Stage(server=server, webhooks=Webhooks(server.world)) if stage else None,
        port=PORT,
        transport=transport or InProcessTransport(DevServer(server.world) if stage else server),
    )
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
        player = Player(app, client, server)
        yield player if access else player.enter()


@contextlib.contextmanager
def served(*, stage: bool = True, world: World | None = None, **settings: Any):
    """A console on a socket, for a browser: the console and the embedded server."""
    server = DevServer(world or World())
    front = HTTPFrontEnd(server)
    front.start()
    made = ConsoleSettings(url=front.url, api_key=KEY, api_secret=SECRET, port=0, **settings)
    running = RunningConsole(
        made,
        stage=Stage(server=server, webhooks=Webhooks(server.world)) if stage else None,
        transport=InProcessTransport(DevServer(server.world)) if stage else None,
    )
    try:
        with running:
            yield running, server
    finally:
        front.close()
