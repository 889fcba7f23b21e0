"""Routes in process: tokens and webhooks through each adapter, and the same routes written by hand.

By hand means: on livekit-api in the asynchronous frameworks, on PyJWT in Flask and Django, where
livekit-api's token classes are all that could be used. No socket, so the framework and the route
are what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import jwt
from livekit import api as theirs

from benchmarks.harness import Row, paired
from benchmarks.tokens import KEY, SECRET, make_event
from lkapi.web import TokenEndpoint, WebhookEndpoint, documented
from lkapi.webhook import WebhookReceiver, sign_webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "wss://example.livekit.cloud"
TOKEN_BODY = json.dumps({"room_name": "demo", "participant_identity": "ann"}).encode()
TURN = 20


def receiver(handler: Callable[[Any], Any] = lambda _: None) -> WebhookEndpoint:
    return WebhookEndpoint(WebhookReceiver({KEY: SECRET}), handler)


async def handle(_: Any) -> None:
    """A handler as an asynchronous application has it; another one runs in a thread."""


def tokens() -> TokenEndpoint[Any]:
    return TokenEndpoint(documented(), server_url=URL, api_key=KEY, api_secret=SECRET)


def mint_theirs(asked: dict[str, Any]) -> dict[str, str]:
    grants = theirs.VideoGrants(room_join=True, room=asked["room_name"])
    token = theirs.AccessToken(KEY, SECRET).with_identity(asked["participant_identity"])
    token = token.with_ttl(dt.timedelta(minutes=10)).with_grants(grants)
    return {"server_url": URL, "participant_token": token.to_jwt()}


def mint_pyjwt(asked: dict[str, Any]) -> dict[str, str]:
    now = int(dt.datetime.now(dt.timezone.utc).timestamp())
    claims = {
        "iss": KEY,
        "sub": asked["participant_identity"],
        "nbf": now,
        "exp": now + 600,
        "video": {"roomJoin": True, "room": asked["room_name"]},
    }
    return {"server_url": URL, "participant_token": jwt.encode(claims, SECRET, "HS256")}


def verify_pyjwt(body: bytes, token: str) -> dict[str, Any]:
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], issuer=KEY, leeway=60)
    if claims["sha256"] != base64.b64encode(hashlib.sha256(body).digest()).decode():
        raise ValueError("not the signed body")
    return json.loads(body)


# Driving applications without a socket


def asgi(app: Any, path: str, body: bytes, headers: dict[str, str]) -> Callable[[], object]:
    """So many requests through an ASGI application, one after the other."""
    named = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(k.encode(), v.encode()) for k, v in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    statuses: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def requests() -> None:
        for _ in range(TURN):
            given = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def receive(given: Iterator[Any] = given) -> Any:
                return next(given, {"type": "http.disconnect"})

            await app(dict(scope), receive, send)

    runner = asyncio.Runner()

    def work() -> None:
        statuses.clear()
        runner.run(requests())
        assert statuses[-1] < 300, statuses

    return work


def wsgi(app: Any, path: str, body: bytes, headers: dict[str, str]) -> Callable[[], object]:
    """The same through a WSGI application."""
    import io

    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **named,
    }
    statuses: list[str] = []

    def start(status: str, *_: object) -> None:
        statuses.append(status)

    def work() -> None:
        statuses.clear()
        for _ in range(TURN):
            answer = app({**environ, "wsgi.input": io.BytesIO(body)}, start)
            b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
        assert statuses[-1][0] == "2", statuses

    return work


# Applications: with lkapi's routes, and by hand


def fastapi_apps() -> tuple[Any, Any]:
    from fastapi import Body, FastAPI, Request, Response

    from lkapi.web.fastapi import token_route, webhook_route

    ours, hand = FastAPI(), FastAPI()
    ours.include_router(token_route("/token", tokens()))
    ours.include_router(webhook_route("/webhook", receiver(handle)))
    official = theirs.WebhookReceiver(theirs.TokenVerifier(KEY, SECRET))

    async def token(asked: dict[str, Any] = Body()) -> dict[str, str]:  # noqa: B008 - FastAPI's way
        return mint_theirs(asked)

    async def webhook(request: Request) -> Response:
        official.receive((await request.body()).decode(), request.headers["authorization"])
        return Response(status_code=204)

    # The annotations are strings here, and their names local: FastAPI is given the types.
    token.__annotations__ = {"asked": dict[str, Any], "return": dict[str, str]}
    webhook.__annotations__ = {"request": Request}
    hand.post("/token")(token)
    hand.post("/webhook")(webhook)
    return ours, hand


def starlette_apps() -> tuple[Any, Any]:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    from lkapi.web.starlette import token_route, webhook_route

    official = theirs.WebhookReceiver(theirs.TokenVerifier(KEY, SECRET))

    async def token(request: Any) -> Any:
        return JSONResponse(mint_theirs(await request.json()))

    async def webhook(request: Any) -> Any:
        official.receive((await request.body()).decode(), request.headers["authorization"])
        return Response(status_code=204)

    ours = Starlette(
        routes=[token_route("/token", tokens()), webhook_route("/webhook", receiver(handle))]
    )
    routes = [("/token", token), ("/webhook", webhook)]
    hand = Starlette(routes=[Route(path, view, methods=["POST"]) for path, view in routes])
    return ours, hand


def flask_apps() -> tuple[Any, Any]:
    from flask import Flask, jsonify, request

    from lkapi.web.flask import token_route, webhook_route

    ours, hand = Flask("ours"), Flask("hand")
    ours.register_blueprint(token_route("/token", tokens()))
    ours.register_blueprint(webhook_route("/webhook", receiver()))
    hand.post("/token")(lambda: jsonify(mint_pyjwt(request.get_json())))

    @hand.post("/webhook")
    def webhook() -> tuple[str, int]:
        verify_pyjwt(request.get_data(), request.headers["Authorization"])
        return "", 204

    return ours, hand


def django_app() -> Any:
    """One application with both routes of each kind: Django has one configuration a process."""
    import types

    import django
    from django.conf import settings

    urls = types.ModuleType("benchmark_urls")
    sys.modules[urls.__name__] = urls
    settings.configure(
        ROOT_URLCONF=urls.__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="benchmark", MIDDLEWARE=[]
    )
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse, JsonResponse
    from django.urls import path

    from lkapi.web.django import token_route, webhook_route

    def webhook(request: Any) -> Any:
        verify_pyjwt(request.body, request.headers["Authorization"])
        return HttpResponse(status=204)

    urls.urlpatterns = [
        token_route("token", tokens(), user=lambda _: None),
        webhook_route("webhook", receiver()),
        path("hand/token", lambda request: JsonResponse(mint_pyjwt(json.loads(request.body)))),
        path("hand/webhook", webhook),
    ]
    return WSGIHandler()


def rows() -> Iterator[Row]:
    """Tokens and webhooks through each adapter."""
    body = make_event().encode()
    signed = {"authorization": sign_webhook(body, KEY, SECRET)}
    for name, apps, drive, peer in (
        ("fastapi", fastapi_apps, asgi, "livekit-api"),
        ("starlette", starlette_apps, asgi, "livekit-api"),
        ("flask", flask_apps, wsgi, "PyJWT"),
    ):
        ours, hand = apps()
        yield _row(name, "token", drive(ours, "/token", TOKEN_BODY, {}), peer,
                   drive(hand, "/token", TOKEN_BODY, {}))  # fmt: skip
        yield _row(name, "webhook", drive(ours, "/webhook", body, signed), peer,
                   drive(hand, "/webhook", body, signed))  # fmt: skip
    app = django_app()
    for kind, content, headers in (("token", TOKEN_BODY, {}), ("webhook", body, signed)):
        ours_work = wsgi(app, f"/{kind}", content, headers)
        hand_work = wsgi(app, f"/hand/{kind}", content, headers)
        yield _row("django", kind, ours_work, "PyJWT", hand_work)


def _row(
    framework: str, kind: str, ours: Callable[[], object], peer: str, hand: Callable[[], object]
) -> Row:
    """Routes by hand read no more of a request than they need; an endpoint checks all of it."""
    bar = {"livekit-api": {"token": 1.2, "webhook": 0.6}, "PyJWT": {"token": 1.6, "webhook": 1.6}}
    return paired(
        f"web.{framework}.{kind}",
        f"{framework}: {kind} route, to one by hand on {peer}",
        ours=ours,
        theirs=hand,
        bar=bar[peer][kind],
        pieces=TURN,
    )
