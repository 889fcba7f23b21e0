"""The example applications on their frameworks' own servers, against the embedded LiveKit server.

What a browser, LiveKit and an administrator would send goes over sockets; the tokens that come back
must be admitted by the embedded server.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import httpx2
import pytest

from lkapi.devserver import DevServer, World
from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from lkapi.webhook import WebhookSender, WebhookTarget
from tests.web import support

EXAMPLES = support.ROOT / "examples"
SESSIONS = {"session-of-ann": "ann", "session-of-admin": "admin"}
ANN = {"Authorization": "Bearer session-of-ann"}
ADMIN = {"Authorization": "Bearer session-of-admin"}
CHROMIUM = os.environ.get("LKAPI_TEST_CHROMIUM") or shutil.which("chromium")


@attrs.frozen
class Example:
    """One way to run an example."""

    name: str
    needs: tuple[str, ...]
    serve: Callable[[Any], Any]
    """From the module of the example to a context manager that gives its URL."""
    prefix: str = ""
    """Stands before the routes, where an example shows two ways."""

    @property
    def file(self) -> str:
        return f"{self.name.partition(' ')[0]}_app.py"


APPS = [
    Example("fastapi", ("fastapi", "uvicorn"), lambda m: support.serve_asgi(m.app)),
    Example("starlette", ("starlette", "uvicorn"), lambda m: support.serve_asgi(m.app)),
    Example("flask", ("flask",), lambda m: support.serve_flask(m.app)),
    Example("django wsgi", ("django",), lambda m: support.serve_django(m.application)),
    Example(
        "django asgi",
        ("django", "uvicorn"),
        lambda m: support.serve_asgi(m.asgi_application),
        prefix="/async",
    ),
    Example("aiohttp", ("aiohttp",), lambda m: support.serve_aiohttp(m.make_app)),
]


@attrs.frozen
class Running:
    """A running example, a client for it, and the LiveKit server it talks to."""

    http: httpx2.Client
    prefix: str
    world: World

    def deliver(self, body: bytes, **headers: str) -> httpx2.Response:
        """Deliver a webhook as LiveKit would."""
        signed = {**support.sign(body), **headers}
        return self.http.post(f"{self.prefix}/livekit/webhook", content=body, headers=signed)

    def url(self, path: str) -> str:
        """Where a route is found."""
        return f"{self.http.base_url}".rstrip("/") + self.prefix + path

    def events(self) -> list[str]:
        """Names of the events that the application has handled."""
        return self.http.get("/admin/events", headers=ADMIN).json()

    def ask(self, path: str, asked: Any = None, **headers: str) -> httpx2.Response:
        """Ask for a token as the client SDKs do."""
        content = b"" if asked is None else json.dumps(asked).encode()
        sent = {"Content-Type": "application/json", **headers}
        return self.http.post(self.prefix + path, content=content, headers=sent)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The embedded LiveKit server on a port, to which the environment points."""
    world = World(keys={support.KEY: support.SECRET})
    with HTTPFrontEnd(DevServer(world)) as livekit, pytest.MonkeyPatch.context() as patch:
        patch.delenv("LIVEKIT_TOKEN", raising=False)
        patch.setenv("LIVEKIT_URL", livekit.url.replace("http", "ws"))
        patch.setenv("LIVEKIT_API_KEY", support.KEY)
        patch.setenv("LIVEKIT_API_SECRET", support.SECRET)
        patch.setenv("APP_SESSIONS", json.dumps(SESSIONS))
        yield world


@pytest.fixture(scope="module", params=APPS, ids=lambda app: app.name)
def app(request, world) -> Iterator[Running]:
    """One example after another; those not installed are skipped."""
    for module in request.param.needs:
        pytest.importorskip(module)
    if "django" in request.param.needs:
        support.forget_django_settings()
    module = support.load(EXAMPLES / request.param.file)
    with request.param.serve(module) as url, httpx2.Client(base_url=url, timeout=20) as http:
        yield Running(http, request.param.prefix, world)


IDS = itertools.count(1)


def event(name: str, **fields: Any) -> bytes:
    told = {"event": name, "id": f"EV_{next(IDS)}", "createdAt": "1700000000", **fields}
    return json.dumps(told).encode()


STARTED = event("room_started")


def test_webhook_is_handled(app):
    """A signed delivery is answered 2xx and reaches the application's handler."""
    body = event("room_started", room={"name": "demo", "sid": "RM_1"})
    assert app.deliver(body).status_code == 204
    assert app.events()[-1] == "room_started"


def test_webhook_is_handled_once(app):
    """A repeated delivery is answered 2xx, so that it ends, and not handled again."""
    body = event("room_finished")
    assert [app.deliver(body).status_code for _ in range(3)] == [204] * 3
    assert app.events()[-2:].count("room_finished") == 1


def test_webhooks_of_the_world_arrive(app):
    """What happens on the embedded server reaches the application, signed and in order."""

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return app.http.post(url, content=body, headers=dict(headers)).status_code

    sender = WebhookSender(
        WebhookTarget(app.url("/livekit/webhook"), support.KEY, support.SECRET), post
    )
    stop = app.world.events.listen(sender.send)
    room = f"hooked-{next(IDS)}"
    told = app.ask("/members/getToken", {"room_name": room}, **ANN).json()
    app.world.join(told["participant_token"]).leave()
    stop()
    sender.flush()
    assert sender.dropped == 0
    assert app.events()[-3:] == ["room_started", "participant_joined", "participant_left"]


def test_webhook_of_tomorrow_is_handled(app):
    """New event names, fields and enum values do not break the application."""
    body = event("room_teleported", room={"name": "demo", "warp": 9}, warpInfo={"to": "mars"})
    assert app.deliver(body).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "not.a.token"}, 401),
        (support.sign(b"another body"), 401),
        (support.sign(STARTED, secret="the-secret-of-somebody-else-32-chars"), 401),
        (support.sign(STARTED, key="APIstranger"), 401),
    ],
)
def test_webhook_that_livekit_did_not_sign_is_refused(app, headers, status):
    """401 with the reason, and the handler sees nothing."""
    before = app.events()
    answer = app.deliver(STARTED, **headers)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert app.events() == before


def test_webhook_that_is_no_event_is_refused(app):
    """A signed body that is not JSON gets 400, so that it is not sent again."""
    assert app.deliver(b"room_started").status_code == 400


@pytest.mark.parametrize(
    ("asked", "room", "identity"),
    [
        (None, "quickstart-room", "quickstart-identity"),
        ({}, "quickstart-room", "quickstart-identity"),
        ({"room_name": "r1", "participant_identity": "ann"}, "r1", "ann"),
        ({"roomName": "r2", "participantIdentity": "bob", "participantName": "Bob"}, "r2", "bob"),
        ({"room_name": "r3", "participant_identity": "eve", "room_config": None}, "r3", "eve"),
        (
            {
                "room_name": "r4",
                "participant_identity": "zoe",
                "participant_attributes": {"lang": "fi"},
                "room_config": {"agents": [{"agent_name": "helper", "metadata": ""}]},
            },
            "r4",
            "zoe",
        ),
    ],
    ids=["empty body", "empty object", "snake", "camel", "null config", "everything"],
)
def test_token_is_admitted(app, asked, room, identity):
    """What a client following the standard is given lets it into the room, in any spelling."""
    answer = app.ask("/getToken", asked)
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/json")
    told = answer.json()
    assert told["server_url"].startswith("ws://127.0.0.1:")
    joined = app.world.join(told["participant_token"])
    assert (joined.info.identity, joined.room_name) == (identity, room)
    joined.leave()


def test_token_of_a_member(app):
    """The application's own policy: the identity is the user's, the room is the user's choice."""
    answer = app.ask("/members/getToken", {"room_name": "club"}, **ANN)
    assert answer.status_code == 201
    joined = app.world.join(answer.json()["participant_token"])
    assert (joined.info.identity, joined.info.name, joined.room_name) == ("ann", "Ann", "club")
    joined.leave()


def test_token_for_members_only(app):
    """Nobody gets none, and no member gets another's identity or chooses metadata."""
    assert app.ask("/members/getToken", {}).status_code == 401
    for asked in ({"participant_identity": "admin"}, {"participantMetadata": "m"}):
        assert app.ask("/members/getToken", asked, **ANN).status_code == 403


def test_token_request_that_is_no_json(app):
    """400 with a reason, as JSON."""
    answer = app.http.post(
        f"{app.prefix}/getToken", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_rooms_are_administrated(app):
    """The admin route creates, lists and deletes rooms on the LiveKit server."""
    made = app.http.post("/admin/rooms/board", headers=ADMIN)
    assert (made.status_code, made.json()["name"]) == (201, "board")
    assert app.world.find_room("board") is not None
    assert "board" in app.http.get("/admin/rooms", headers=ADMIN).json()
    assert app.http.delete("/admin/rooms/board", headers=ADMIN).status_code == 204
    assert app.world.find_room("board") is None
    assert app.http.delete("/admin/rooms/board", headers=ADMIN).status_code == 204


def test_administration_is_for_admins(app):
    """Nobody and ordinary members are refused."""
    for headers in ({}, ANN):
        assert app.http.get("/admin/rooms", headers=headers).status_code in (401, 403)
        assert app.http.post("/admin/rooms/x", headers=headers).status_code in (401, 403)


PAGE = """<!doctype html><pre id="told">waiting</pre><script>
(async () => {
  const told = [];
  const asks = [
    undefined,
    {room_name: "web", participant_identity: "snake"},
    {roomName: "web", participantIdentity: "camel"},
    {room_name: "web", participant_identity: "agent", room_config: {agents: [{agent_name: "a"}]}},
  ];
  for (const asked of asks) {
    const answer = await fetch("URL", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: asked && JSON.stringify(asked),
    });
    told.push({status: answer.status, ...await answer.json()});
  }
  document.getElementById("told").textContent = JSON.stringify(told);
})().catch((error) => { document.getElementById("told").textContent = String(error); });
</script>"""


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_token_in_a_browser(app, tmp_path):
    """fetch() in Chromium gets tokens that the embedded server admits, in four spellings."""
    page = tmp_path / "page.html"
    page.write_text(PAGE.replace("URL", app.url("/getToken")))
    # The page is on another origin than the application, which leaves CORS to its framework.
    command = [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-web-security"),
        *(f"--user-data-dir={tmp_path}/profile", "--virtual-time-budget=10000", "--dump-dom"),
        page.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    told = json.loads(shown.partition('<pre id="told">')[2].partition("</pre>")[0])
    assert [one["status"] for one in told] == [201] * 4
    identities = [app.world.join(one["participant_token"]).info.identity for one in told]
    assert identities == ["quickstart-identity", "snake", "camel", "agent"]
