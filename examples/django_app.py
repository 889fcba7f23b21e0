"""A Django application for LiveKit in one file: tokens for participants, webhooks, administration.

It shows who gets which token, what webhooks bring, and what happens while LiveKit is down: callers
get 503. Sessions stand for your own login. Its test is ``test_django_app.py``.

    pip install 'lkapi-sdk[cli]' django
    lkapi dev --webhook http://127.0.0.1:3000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export APP_SESSIONS='{"session-of-ann": "ann", "session-of-admin": "admin"}'
    python django_app.py runserver 3000

With a real server, set the three variables to yours, and name the route in its webhook settings.

What stands above "views" belongs into your settings.py, the rest into views.py and urls.py.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

import django
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.exceptions import PermissionDenied
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

import lkapi
from lkapi.web import Admission, TokenEndpoint, WebhookEndpoint, documented
from lkapi.web.django import token_route, webhook_route
from lkapi.webhook import MemoryEventStore, WebhookEvent, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.protocol.token_source import TokenSourceRequest

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        MIDDLEWARE=[
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{__name__}.LiveKitIsDown",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "only for trying out"),
        USE_TZ=True,
    )
    django.setup()

# --- views ---

log = logging.getLogger(__name__)
api = lkapi.SyncLiveKitAPI()  # one for all threads, for as long as the process lives
events = WebhookRouter(store=MemoryEventStore())  # with several processes: RedisEventStore
recent: deque[str] = deque(maxlen=50)

# Stands for your own login: bearer tokens of the application and whose they are.
SESSIONS: dict[str, str] = json.loads(os.environ.get("APP_SESSIONS", "{}"))


def current_user(request: HttpRequest) -> str | None:
    return SESSIONS.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


def require_admin(request: HttpRequest) -> None:
    if current_user(request) != "admin":
        raise PermissionDenied


def admit_member(request: TokenSourceRequest, user: str) -> Admission:
    """Members are who they are and choose their room; whatever else they ask for is refused."""
    return Admission(identity=user, name=user.title(), room=request.room_name or "lobby")


@events.any
def note(event: WebhookEvent) -> None:
    recent.append(event.event)


@events.on("participant_joined", "participant_left")
def log_traffic(event: WebhookEvent) -> None:
    if event.room is not None and event.participant is not None:
        log.info("%s: %s in %s", event.event, event.participant.identity, event.room.name)


class LiveKitIsDown:
    """Middleware: while LiveKit does not answer, callers get 503."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (lkapi.TransportError, lkapi.UnavailableError)):
            return None
        log.warning("LiveKit does not answer: %s", error)
        return JsonResponse({"detail": "try again later"}, status=503)


def list_rooms(request: HttpRequest) -> JsonResponse:
    require_admin(request)
    return JsonResponse([room.name for room in api.room.list_rooms().rooms], safe=False)


@csrf_exempt
@require_http_methods(["POST", "DELETE"])
def room(request: HttpRequest, name: str) -> HttpResponse:
    require_admin(request)
    if request.method == "DELETE":
        api.room.delete_room(room=name, missing_ok=True)
        return HttpResponse(status=204)
    made = api.room.create_room(name=name, empty_timeout=600)
    return JsonResponse({"name": made.name, "sid": made.sid}, status=201)


def list_events(request: HttpRequest) -> JsonResponse:
    require_admin(request)
    return JsonResponse(list(recent), safe=False)


webhooks = WebhookEndpoint(WebhookReceiver(), events.dispatch)
members = TokenEndpoint(admit_member)

urlpatterns = [
    webhook_route("livekit/webhook", webhooks),
    # Anybody, as in LiveKit's samples: for trying out.
    token_route("getToken", TokenEndpoint(documented())),
    token_route("members/getToken", members, user=current_user),
    # The same as asynchronous views, which under ASGI keep no thread waiting.
    webhook_route("async/livekit/webhook", webhooks, use_async=True),
    token_route("async/getToken", TokenEndpoint(documented()), use_async=True),
    token_route("async/members/getToken", members, user=current_user, use_async=True),
    path("admin/rooms", list_rooms),
    path("admin/rooms/<str:name>", room),
    path("admin/events", list_events),
]

application = get_wsgi_application()
asgi_application = get_asgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
