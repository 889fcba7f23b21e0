"""Each framework's routes over the same core: raw body, header, user, limits, errors of handlers.

The receiver is a recorder here, so that what reaches it can be compared byte for byte; the example
applications are tested with the real one.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from lkapi.auth import unverified
from lkapi.errors import (
    SettingsError,
    WebhookBodyError,
    WebhookHashError,
    WebhookInProgressError,
    WebhookTokenError,
)
from lkapi.protocol.webhook import WebhookEvent
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint
from lkapi.webhook import WebhookReceiver, WebhookRouter

# Starlette 0.38 takes its test client's portal from where anyio had it once.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The anyio.abc.BlockingPortal alias is deprecated:DeprecationWarning"
)

KEY, SECRET = "APIweb", "web-test-secret-of-sufficient-length"
BODY = '{ "event":"room_started",\r\n  "id":"EV_\u00e9" }'.encode()


class Recorder:
    """Stands for the receiver: keeps what it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.seen: list[tuple[bytes, str]] = []

    def receive(self, body: Any, auth_token: str) -> WebhookEvent:
        self.seen.append((bytes(body), auth_token))
        if self.error is not None:
            raise self.error
        return WebhookEvent(event="room_started", id="EV_1")


@attrs.frozen
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


Send = Callable[..., Reply]
"""``send(method, path, body, headers) -> Reply``"""


@attrs.frozen
class Framework:
    """How one framework mounts the two routes and is spoken to."""

    name: str
    start: Callable[[WebhookEndpoint, TokenEndpoint[Any], bool], Any]
    """Makes an application; the last argument asks for a user who is read from ``X-User``."""
    send: Callable[..., Reply]
    needs: str
    blocking: bool = False
    """Whether its views are ordinary functions."""


def by_header(request: Any) -> str | None:
    return request.headers.get("X-User")


def start_starlette(hooks: Any, tokens: Any, users: bool) -> Any:
    from starlette.applications import Starlette

    from lkapi.web.starlette import token_route, webhook_route

    user = by_header if users else None
    return Starlette(routes=[webhook_route("/hook", hooks), token_route("/t", tokens, user=user)])


def start_starlette_async_user(hooks: Any, tokens: Any, users: bool) -> Any:
    from starlette.applications import Starlette

    from lkapi.web.starlette import token_route, webhook_route

    async def user(request: Any) -> str | None:
        await asyncio.sleep(0)
        return by_header(request) if users else None

    return Starlette(routes=[webhook_route("/hook", hooks), token_route("/t", tokens, user=user)])


def start_fastapi(hooks: Any, tokens: Any, users: bool) -> Any:
    import fastapi

    from lkapi.web.fastapi import token_route, webhook_route

    def user(x_user: str | None = fastapi.Header(None)) -> str | None:
        return x_user

    # The annotations above are text here, and FastAPI looks their names up in this module.
    user.__annotations__ = {"x_user": str | None, "return": str | None}
    app = fastapi.FastAPI()
    app.include_router(webhook_route("/hook", hooks))
    app.include_router(token_route("/t", tokens, user=user) if users else token_route("/t", tokens))
    return app


def send_asgi(app: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    from starlette.testclient import TestClient

    client = TestClient(app, raise_server_exceptions=False)
    answer = client.request(method, path, content=body, headers=headers)
    return Reply(answer.status_code, dict(answer.headers), answer.content)


def start_flask(hooks: Any, tokens: Any, users: bool) -> Any:
    import flask

    from lkapi.web.flask import token_route, webhook_route

    app = flask.Flask("routes")
    app.register_blueprint(webhook_route("/hook", hooks))
    user = (lambda: by_header(flask.request)) if users else None
    app.register_blueprint(token_route("/t", tokens, user=user))
    return app


def start_flask_with_greedy_hook(hooks: Any, tokens: Any, users: bool) -> Any:
    import flask

    app = start_flask(hooks, tokens, users)

    @app.before_request
    def log_body() -> None:
        flask.request.get_data()

    return app


def send_flask(app: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    answer = app.test_client().open(path, method=method, data=body, headers=headers)
    return Reply(answer.status_code, {k.lower(): v for k, v in answer.headers}, answer.data)


def start_django(use_async: bool) -> Any:
    def start(hooks: Any, tokens: Any, users: bool) -> Any:
        from django.conf import settings

        if not settings.configured:
            settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="for tests", USE_TZ=True)
        from lkapi.web.django import token_route, webhook_route

        user = by_header if users else None
        hook = webhook_route("/hook", hooks, use_async=use_async)
        return [hook, token_route("/t", tokens, user=user, use_async=use_async)]

    return start


def send_django(use_async: bool) -> Any:
    def send(routes: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        from django.test import AsyncClient, Client, override_settings

        csrf = "django.middleware.csrf.CsrfViewMiddleware"
        module = type("urls", (), {"urlpatterns": routes})
        kind = headers.get("Content-Type", "")
        rest = {k: v for k, v in headers.items() if k != "Content-Type"}
        with override_settings(
            ROOT_URLCONF=module, MIDDLEWARE=[csrf], ALLOWED_HOSTS=["testserver"]
        ):
            client = (AsyncClient if use_async else Client)(
                enforce_csrf_checks=True, raise_request_exception=False
            )
            made = client.generic(method, path, body, content_type=kind, headers=rest)
            answer = asyncio.run(made) if use_async else made
        return Reply(answer.status_code, {k.lower(): v for k, v in answer.items()}, answer.content)

    return send


def start_aiohttp(hooks: Any, tokens: Any, users: bool) -> Any:
    from aiohttp import web

    from lkapi.web.aiohttp import token_route, webhook_route

    async def user(request: Any) -> str | None:
        return by_header(request)

    app = web.Application()
    found = user if users else None
    app.add_routes([webhook_route("/hook", hooks), token_route("/t", tokens, user=found)])
    return app


def start_aiohttp_with_greedy_middleware(hooks: Any, tokens: Any, users: bool) -> Any:
    from aiohttp import web

    app = start_aiohttp(hooks, tokens, users)

    @web.middleware
    async def log_body(request: Any, handler: Any) -> Any:
        await request.read()
        return await handler(request)

    app.middlewares.append(log_body)
    return app


def send_aiohttp(app: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    from aiohttp.test_utils import TestClient, TestServer

    async def main() -> Reply:
        async with TestClient(TestServer(app)) as client:
            answer = await client.request(method, path, data=body, headers=headers)
            return Reply(
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                await answer.read(),
            )

    return asyncio.run(main())


FRAMEWORKS = [
    Framework("starlette", start_starlette, send_asgi, "starlette"),
    Framework("starlette async user", start_starlette_async_user, send_asgi, "starlette"),
    Framework("fastapi", start_fastapi, send_asgi, "fastapi"),
    Framework("flask", start_flask, send_flask, "flask", blocking=True),
    Framework("flask greedy", start_flask_with_greedy_hook, send_flask, "flask", blocking=True),
    Framework("django", start_django(False), send_django(False), "django", blocking=True),
    Framework("django async", start_django(True), send_django(True), "django"),
    Framework("aiohttp", start_aiohttp, send_aiohttp, "aiohttp"),
    Framework("aiohttp greedy", start_aiohttp_with_greedy_middleware, send_aiohttp, "aiohttp"),
]


@pytest.fixture(params=FRAMEWORKS, ids=lambda framework: framework.name)
def framework(request):
    """One framework after another; those not installed are skipped and counted."""
    pytest.importorskip(request.param.needs)
    return request.param


WITH_A_LOOP = pytest.mark.parametrize(
    "framework",
    [framework for framework in FRAMEWORKS if not framework.blocking],
    ids=lambda framework: framework.name,
    indirect=True,
)


def admit(request: Any, user: str) -> Admission:
    return Admission(identity=user, room=request.room_name or "lobby")


async def admit_later(request: Any, user: str) -> Admission:
    await asyncio.sleep(0)
    return admit(request, user)


def tokens(policy: Any = admit, **options: Any) -> TokenEndpoint[Any]:
    options = {"server_url": "wss://example.com", "api_key": KEY, "api_secret": SECRET, **options}
    return TokenEndpoint(policy, **options)


def run(
    framework: Framework,
    *,
    receiver: Recorder | None = None,
    handler: Callable[[WebhookEvent], Any] = lambda event: None,
    policy: Any = admit,
    users: bool = True,
    limits: dict[str, int] | None = None,
) -> Send:
    """Give what starts an application and sends it a request."""
    limits = limits or {}
    hooks = WebhookEndpoint(receiver or Recorder(), handler, **limits)
    endpoint = tokens(policy, **limits)

    def send(method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        app = framework.start(hooks, endpoint, users)  # aiohttp binds one to its event loop
        return framework.send(app, method, path, body, named)

    return send


HOOK = {"Content_Type": "application/webhook+json", "Authorization": "a.b.c"}
JSON = {"Content_Type": "application/json"}


def test_webhook_gets_the_raw_body_and_header(framework):
    """Byte for byte, whatever the content type and whoever has read the body before."""
    receiver, events = Recorder(), []
    send = run(framework, receiver=receiver, handler=events.append)
    reply = send("POST", "/hook", BODY, **HOOK)
    assert (reply.status, reply.body) == (204, b"")
    assert receiver.seen == [(BODY, "a.b.c")]
    assert [event.id for event in events] == ["EV_1"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (WebhookTokenError("no token"), 401),
        (WebhookHashError("another body"), 401),
        (WebhookBodyError("no event"), 400),
    ],
)
def test_webhook_refusals_say_why(framework, error, status, caplog):
    """401 for what is not trusted, 400 for what is no event, as JSON and in the log."""
    events = []
    send = run(framework, receiver=Recorder(error), handler=events.append)
    reply = send("POST", "/hook", BODY, Content_Type="application/webhook+json")
    assert reply.status == status
    assert json.loads(reply.body)["message"] == str(error)
    assert reply.headers["content-type"].startswith("application/json")
    assert events == []
    assert str(error) in caplog.text


def test_an_event_that_is_handled_elsewhere_is_wanted_again(framework):
    """Neither handled nor lost: 503, so that LiveKit sends it again."""

    def busy(event):
        raise WebhookInProgressError("event EV_1 is being handled by another worker")

    reply = run(framework, handler=busy)("POST", "/hook", BODY, **HOOK)
    assert reply.status == 503
    assert json.loads(reply.body)["error"] == "try_again"


def test_webhook_handler_error_is_the_applications_500(framework):
    """A handler that fails makes LiveKit send again, and the framework report it."""

    def fail(event: WebhookEvent) -> None:
        raise RuntimeError("the database is down")

    assert run(framework, handler=fail)("POST", "/hook", BODY, **HOOK).status == 500


def test_webhook_asynchronous_handlers_are_awaited(framework):
    """Also where the framework's views are ordinary functions."""
    done = []

    async def later(event: WebhookEvent) -> None:
        await asyncio.sleep(0)
        done.append(event.id)

    assert run(framework, handler=later)("POST", "/hook", BODY, **HOOK).status == 204
    assert done == ["EV_1"]


@WITH_A_LOOP
def test_webhook_blocking_handlers_do_not_run_in_the_event_loop(framework):
    """They would stop every other request."""
    loops = []

    def block(event: WebhookEvent) -> None:
        try:
            loops.append(asyncio.get_running_loop())
        except RuntimeError:
            loops.append(None)

    assert run(framework, handler=block)("POST", "/hook", BODY, **HOOK).status == 204
    assert loops == [None]


def test_webhook_is_posted(framework):
    """Other methods are not for this route."""
    assert run(framework)("GET", "/hook").status == 405


def test_webhook_over_the_limit(framework):
    """413 past max_body_bytes; at the limit it is taken."""
    receiver = Recorder()
    send = run(framework, receiver=receiver, limits={"max_body_bytes": 1000})
    assert send("POST", "/hook", b"x" * 1001, **HOOK).status == 413
    assert receiver.seen == []
    assert send("POST", "/hook", b"x" * 1000, **HOOK).status == 204


@pytest.mark.parametrize("policy", [admit, admit_later])
def test_token_for_the_signed_in_user(framework, policy):
    """The route hands the user to the policy, be it a function or a coroutine function."""
    reply = run(framework, policy=policy)("POST", "/t", b'{"roomName": "r1"}', X_User="ann", **JSON)
    assert reply.status == 201
    told = json.loads(reply.body)
    assert told["server_url"] == "wss://example.com"
    assert told["participant_token"].count(".") == 2
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("users", [True, False])
def test_token_for_nobody_is_refused(framework, users):
    """401 when the user is not known, also when the route was not told how to know."""
    assert run(framework, users=users)("POST", "/t", b"{}", **JSON).status == 401


@pytest.mark.parametrize(
    ("method", "body", "kind", "status"),
    [
        ("POST", b"", "application/json", 201),
        ("POST", b"{", "application/json", 400),
        ("POST", b'{"participant_metadata": "x"}', "application/json", 403),
        ("POST", b"{}", "text/plain", 415),
        ("POST", b"{}", "application/json; charset=utf-8", 201),
        ("POST", b" " * (64 * 1024 + 1), "application/json", 413),
        ("GET", b"", "application/json", 405),
        ("HEAD", b"", "application/json", 405),
    ],
)
def test_token_rules(framework, method, body, kind, status):
    """The core's rules hold behind every framework."""
    reply = run(framework)(method, "/t", body, X_User="ann", Content_Type=kind)
    assert reply.status == status
    if status == 405:
        assert "POST" in reply.headers["allow"]


def test_token_policy_error_is_the_applications_500(framework):
    """A policy that fails gives no token and no hint."""

    def fail(request: Any, user: Any) -> Admission:
        raise RuntimeError("the database is down")

    reply = run(framework, policy=fail)("POST", "/t", b"{}", X_User="ann", **JSON)
    assert reply.status == 500


@WITH_A_LOOP
def test_token_blocking_policies_do_not_run_in_the_event_loop(framework):
    """A policy that asks a database must not stop every other request."""
    loops = []

    def block(request: Any, user: str) -> Admission:
        try:
            loops.append(asyncio.get_running_loop())
        except RuntimeError:
            loops.append(None)
        return admit(request, user)

    assert run(framework, policy=block)("POST", "/t", b"{}", X_User="ann", **JSON).status == 201
    assert loops == [None]


class Somebody:
    """A user as authentication middlewares make it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_authenticated = bool(name)


def admit_somebody(request: Any, user: Somebody) -> Admission:
    return Admission(identity=user.name, room="lobby")


@pytest.mark.parametrize(("name", "status"), [("ann", 201), ("", 401)])
def test_starlette_takes_the_user_of_its_middleware(name, status):
    """request.user is the default; one who is not authenticated is nobody."""
    pytest.importorskip("starlette")
    from starlette.middleware import Middleware
    from starlette.middleware.authentication import AuthenticationMiddleware

    class Backend:
        async def authenticate(self, conn: Any) -> Any:
            return None, Somebody(name)

    app = start_starlette(WebhookEndpoint(Recorder(), print), tokens(admit_somebody), False)
    middleware = Middleware(AuthenticationMiddleware, backend=Backend())
    app.user_middleware.append(middleware)
    assert send_asgi(app, "POST", "/t", b"{}", {}).status == status


@pytest.mark.parametrize("use_async", [False, True])
@pytest.mark.parametrize("ask", ["user", "auser"])
@pytest.mark.parametrize(("name", "status"), [("ann", 201), ("", 401)])
def test_django_takes_the_user_of_its_middleware(use_async, ask, name, status):
    """request.user, or auser where there is one, is the default; AnonymousUser is nobody."""
    pytest.importorskip("django")
    route = start_django(use_async)(
        WebhookEndpoint(Recorder(), print), tokens(admit_somebody), False
    )
    from django.test import AsyncRequestFactory, RequestFactory

    factory = AsyncRequestFactory() if use_async else RequestFactory()
    request = factory.post("/t", b"{}", content_type="application/json")
    request.user = Somebody(name)
    if ask == "auser":

        async def auser() -> Somebody:
            return Somebody(name)

        request.auser = auser
    answer = route[1].callback(request)
    assert (asyncio.run(answer) if use_async else answer).status_code == status


def by_tenant(tenant: str, name: str) -> Somebody:
    return Somebody(f"{tenant}-{name}")


def identity_in(reply: Reply) -> str:
    return unverified(json.loads(reply.body)["participant_token"]).identity


def test_flask_paths_may_have_variables():
    """The user's own function finds them where Flask puts them."""
    flask = pytest.importorskip("flask")
    from lkapi.web.flask import token_route, webhook_route

    app = flask.Flask("routes")
    path = "/<tenant>/t"
    user = lambda: by_tenant(flask.request.view_args["tenant"], "ann")  # noqa: E731
    app.register_blueprint(token_route(path, tokens(admit_somebody), user=user))
    app.register_blueprint(webhook_route("/<tenant>/hook", WebhookEndpoint(Recorder(), print)))
    assert identity_in(send_flask(app, "POST", "/acme/t", b"{}", {})) == "acme-ann"
    assert send_flask(app, "POST", "/acme/hook", b"{}", {}).status == 204


@pytest.mark.parametrize("use_async", [False, True])
def test_django_paths_may_have_variables(use_async):
    """The user's own function finds them where Django puts them."""
    pytest.importorskip("django")
    start_django(use_async)(WebhookEndpoint(Recorder(), print), tokens(), False)
    from lkapi.web.django import token_route, webhook_route

    user = lambda request: by_tenant(request.resolver_match.kwargs["tenant"], "ann")  # noqa: E731
    routes = [
        token_route("<tenant>/t", tokens(admit_somebody), user=user, use_async=use_async),
        webhook_route("<tenant>/hook", WebhookEndpoint(Recorder(), print), use_async=use_async),
    ]
    send = send_django(use_async)
    json_type = {"Content-Type": "application/json"}
    assert identity_in(send(routes, "POST", "/acme/t", b"{}", json_type)) == "acme-ann"
    assert send(routes, "POST", "/acme/hook", b"{}", json_type).status == 204


def test_fastapi_documents_the_token_route():
    """The token route is part of the OpenAPI document, the webhook route is not."""
    pytest.importorskip("fastapi")
    app = start_fastapi(WebhookEndpoint(Recorder(), print), tokens(), True)
    assert set(app.openapi()["paths"]) == {"/t"}


def test_fastapi_dependency_may_refuse():
    """An HTTPException of the user's dependency is the answer, in FastAPI's own form."""
    fastapi = pytest.importorskip("fastapi")
    from lkapi.web.fastapi import token_route

    def user() -> None:
        raise fastapi.HTTPException(403, "banned")

    app = fastapi.FastAPI()
    app.include_router(token_route("/t", tokens(), user=user))
    reply = send_asgi(app, "POST", "/t", b"{}", {})
    assert (reply.status, json.loads(reply.body)) == (403, {"detail": "banned"})


def test_browsers_on_another_origin_are_let_in_by_the_framework():
    """The preflight is the middleware's affair, and does not reach the policy."""
    pytest.importorskip("starlette")
    from starlette.middleware.cors import CORSMiddleware

    app = start_starlette(WebhookEndpoint(Recorder(), print), tokens(), True)
    origin = {"Origin": "https://app.example.com"}
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://app.example.com"],
        allow_methods=["POST"],
        allow_headers=["content-type"],
    )
    preflight = {
        **origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert send_asgi(app, "OPTIONS", "/t", b"", preflight).status == 200
    reply = send_asgi(app, "POST", "/t", b"{}", {**origin, "X-User": "ann"})
    assert reply.status == 201
    assert reply.headers["access-control-allow-origin"] == "https://app.example.com"


def test_the_core_loads_no_framework():
    """Each is imported by its own module only."""
    code = (
        "import sys, lkapi.web\n"
        "frameworks = {'fastapi', 'starlette', 'flask', 'django', 'aiohttp', 'asgiref', 'httpx2'}\n"
        "print(sorted(frameworks & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_router_is_not_a_handler():
    """Whether its dispatch is awaited is to be said."""
    with pytest.raises(TypeError, match=r"pass router\.dispatch"):
        WebhookEndpoint(Recorder(), WebhookRouter())


def test_a_parsed_body_is_refused_with_the_way_out():
    """What a framework parsed has lost the bytes that were signed."""
    answer = WebhookEndpoint(WebhookReceiver((KEY, SECRET)), print).handle({"event": "x"}, "a.b.c")
    assert answer.status == 400
    assert "request.get_data()" in json.loads(answer.body)["message"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=100), st.none() | st.text(max_size=100))
def test_random_deliveries_are_refused(body, authorization):
    """Whatever is sent, the answer is 401 and never an exception."""
    endpoint = WebhookEndpoint(WebhookReceiver((KEY, SECRET)), print)
    assert endpoint.handle(body, authorization).status == 401


def test_an_asynchronous_handler_needs_ahandle():
    """Sync code is refused with the way out, and nothing is left unawaited."""

    async def later(event: WebhookEvent) -> None:
        raise AssertionError

    endpoint = WebhookEndpoint(Recorder(), later)
    with pytest.raises(SettingsError, match="ahandle"):
        endpoint.handle(b"{}", "a.b.c")


async def test_a_coroutine_can_want_an_event_again():
    """503, as for ordinary handlers; other errors are the application's."""

    async def busy(event):
        raise WebhookInProgressError("event EV_1 is being handled just now; deliver it again")

    async def broken(event):
        raise RuntimeError("a bug")

    answered = await WebhookEndpoint(Recorder(), busy).ahandle(BODY, "a.b.c")
    assert answered.status == 503
    assert json.loads(answered.body)["error"] == "try_again"
    with pytest.raises(RuntimeError, match="a bug"):
        await WebhookEndpoint(Recorder(), broken).ahandle(BODY, "a.b.c")


async def test_ahandle_takes_ordinary_handlers():
    """One endpoint serves sync and async applications."""
    events = []
    endpoint = WebhookEndpoint(Recorder(), events.append)
    assert not endpoint.is_async
    assert (await endpoint.ahandle(b"{}", "a.b.c")).status == 204
    assert len(events) == 1
    refusing = WebhookEndpoint(Recorder(WebhookHashError("no")), events.append)
    assert (await refusing.ahandle(b"{}", "a.b.c")).status == 401


def test_a_result_that_can_be_awaited_is_not_taken_for_done():
    """Also of an ordinary function: nobody would wait for it."""

    class Later:
        def __await__(self) -> Any:
            yield

    with pytest.raises(SettingsError, match="asynchronous"):
        WebhookEndpoint(Recorder(), lambda event: Later()).handle(b"{}", "a.b.c")


def test_aiohttp_applications_may_have_a_smaller_limit():
    """Its client_max_size is answered as our own limit is."""
    web = pytest.importorskip("aiohttp.web")
    from lkapi.web.aiohttp import token_route, webhook_route

    for path in ("/hook", "/t"):
        app = web.Application(client_max_size=100)
        hook = webhook_route("/hook", WebhookEndpoint(Recorder(), print))
        app.add_routes([hook, token_route("/t", tokens())])
        reply = send_aiohttp(app, "POST", path, b" " * 101, {"Content-Type": "application/json"})
        assert reply.status == 413
        assert json.loads(reply.body)["error"] == "too_large"
