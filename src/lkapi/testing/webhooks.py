"""The webhooks of a server in a test: captured, verified, delivered to the tested application.

Events are delivered when the test reads them, in the test's own thread or task: nothing sleeps, and
no delivery comes at an unexpected moment.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, cast

from lkapi._words import nearest
from lkapi.testing.applications import post_to_asgi, post_to_wsgi
from lkapi.testing.deliveries import Delivery, Recorder, check_taken
from lkapi.testing.waiting import Waiting
from lkapi.webhook import DeliveryRules, WebhookReceiver, WebhookVerifier
from lkapi.webhook.names import EVENT_NAMES
from lkapi.webhook.posting import post_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver import World
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.testing.applications import ASGIApplication, WSGIApplication
    from lkapi.webhook.names import EventName
    from lkapi.webhook.sender import AsyncPost, Post

__all__ = ["CapturedWebhooks", "Delivery"]

DEFAULT_PATH: Final = "/livekit/webhook"
_RULES: Final = DeliveryRules(max_age=math.inf, max_queued=sys.maxsize)
_LOOP_RUNS: Final = "an event loop is running in this thread: use `await {}` instead of {}"

_in_aflush: ContextVar[bool] = ContextVar("_in_aflush", default=False)

Condition = Callable[["WebhookEvent"], bool]


class CapturedWebhooks:
    """Every webhook of one server, for the test to check or to deliver to an application."""

    def __init__(self, world: World) -> None:
        self._world = world
        verifier = WebhookVerifier(keys=world.config.keys, clock=world.clock.token_now)
        self._receiver = WebhookReceiver(verifier)
        self._application: Post | AsyncPost | None = None
        self._webhooks = world.events.deliver_to(cast("Post", self._post), rules=_RULES)
        self.deliveries: list[Delivery] = []
        """Every attempt so far, in order. Reading this delivers nothing: call ``flush``."""
        self._order: dict[str, int] = {}
        self._returned: set[str] = set()
        self._waiting = Waiting()
        self._stop = world.events.listen(self._notice)

    def __repr__(self) -> str:
        return f"<CapturedWebhooks: {len(self._order)} events, {len(self.deliveries)} deliveries>"

    def deliver_to(self, receiver: Post | AsyncPost | str) -> None:
        """Pass each webhook to a function, or post it to a URL, from the next delivery on.

        Args:
            receiver: a function of URL, headers and body that returns the status, for example with
                a test client: ``lambda url, headers, body: client.post(path, content=body,
                headers=headers) .status_code``. It may be a coroutine function. Or the URL of an
                application.
        """
        if not isinstance(receiver, str):
            self._application = receiver
            return
        self._application = lambda _url, headers, body: post_event(receiver, headers, body)

    def deliver_to_asgi(self, app: ASGIApplication, path: str = DEFAULT_PATH) -> None:
        """Deliver each webhook to an ASGI application: FastAPI, Starlette, Django.

        Its lifespan is not run; if you need it, pass ``deliver_to`` a function that uses the
        framework's test client.
        """
        self._application = post_to_asgi(app, path)

    def deliver_to_wsgi(self, app: WSGIApplication, path: str = DEFAULT_PATH) -> None:
        """Deliver each webhook to a WSGI application: Flask, Django."""
        self._application = post_to_wsgi(app, path)

    def flush(self, *, check: bool = True) -> None:
        """Deliver all events so far, by LiveKit's rules; the waits between attempts are skipped.

        Args:
            check: whether the test fails if the application did not accept an event.

        Raises:
            AssertionError: the application refused an event, or raised; its exception is the cause.
            RuntimeError: the application is asynchronous and a loop is running: use ``aflush``.
        """
        first = len(self.deliveries)
        if inspect.iscoroutinefunction(self._application) and self.pending and _loop_runs():
            raise RuntimeError(_LOOP_RUNS.format("webhooks.aflush()", "flush()"))
        self._webhooks.flush()
        if check:
            check_taken(self.deliveries[first:])

    async def aflush(self, *, check: bool = True) -> None:
        """``flush`` for coroutines."""
        first = len(self.deliveries)
        token = _in_aflush.set(True)
        try:
            await self._webhooks.aflush()
        finally:
            _in_aflush.reset(token)
        if check:
            check_taken(self.deliveries[first:])

    @property
    def pending(self) -> int:
        """How many deliveries are not made yet."""
        with self._world.lock:
            self._world.settle()
        return self._webhooks.pending

    @property
    def events(self) -> list[WebhookEvent]:
        """The events so far, each once, in the order in which they happened; calls ``flush``."""
        self.flush()
        delivered = {delivery.event.id: delivery.event for delivery in self.deliveries}
        return [delivered[event_id] for event_id in self._order if event_id in delivered]

    @property
    def names(self) -> list[str]:
        """The names of ``events``."""
        return [event.event for event in self.events]

    def wait_for(
        self,
        name: EventName,
        *,
        room: str = "",
        identity: str = "",
        where: Condition | None = None,
        timeout: float = 5.0,
    ) -> WebhookEvent:
        """Deliver, and return the next event of that name: each event is returned once.

        It waits only if the event has not happened yet, since another thread or process may cause
        it.

        Args:
            name: ``room_finished`` for example.
            room: only an event of the room with this name.
            identity: only an event of the participant with this identity.
            where: a further condition.
            timeout: seconds to wait at most.

        Raises:
            AssertionError: no such event came; the text lists those that came.
            ValueError: there is no webhook with that name.
        """
        wanted = _wanted(name, room, identity, where)
        wait = self._waiting.start(timeout)
        while True:
            self.flush()
            found = self._take(wanted)
            if found is not None:
                return found
            if _loop_runs():
                raise RuntimeError(_LOOP_RUNS.format("webhooks.await_for(...)", "wait_for(...)"))
            if not wait.next():
                raise AssertionError(self._missing(name, timeout))

    async def await_for(
        self,
        name: EventName,
        *,
        room: str = "",
        identity: str = "",
        where: Condition | None = None,
        timeout: float = 5.0,
    ) -> WebhookEvent:
        """``wait_for`` for coroutines."""
        wanted = _wanted(name, room, identity, where)
        wait = self._waiting.start(timeout)
        while True:
            await self.aflush()
            found = self._take(wanted)
            if found is not None:
                return found
            if not await wait.anext():
                raise AssertionError(self._missing(name, timeout))

    def clear(self) -> None:
        """Deliver what is pending, then forget all deliveries so far."""
        self.flush()
        self.deliveries.clear()
        self._order.clear()

    def close(self) -> None:
        """Stop capturing."""
        self._stop()
        self._webhooks.close()

    def _notice(self, event: WebhookEvent) -> None:
        self._order[event.id] = len(self._order)
        self._waiting.wake()

    def _take(self, wanted: Condition) -> WebhookEvent | None:
        delivered = {delivery.event.id: delivery.event for delivery in self.deliveries}
        for event_id in [*self._order]:
            event = delivered.get(event_id)
            if event is not None and event_id not in self._returned and wanted(event):
                self._returned.add(event_id)
                return event
        return None

    def _missing(self, name: str, timeout: float) -> str:
        came = ", ".join(event.event for event in self._world.events.all()) or "none"
        return (
            f"no further webhook {name} as wanted within {timeout:g} s; events so far: {came}. "
            "What takes time on the server happens when its clock moves: clock.advance(seconds)"
        )

    # one delivery

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int | Awaitable[int]:
        event = self._receiver.receive(body, headers["Authorization"])
        record = Recorder(self.deliveries, event, url, body, headers)
        if self._application is None:
            return record.status(200)
        try:
            status: object = self._application(url, headers, body)
        except Exception as error:
            record.error(error)
            raise
        if isinstance(status, int):
            return record.status(status)
        finishing = record.finish(status)
        return finishing if _in_aflush.get() else asyncio.run(finishing)


def _wanted(name: str, room: str, identity: str, where: Condition | None) -> Condition:
    name = str(name)
    if name not in EVENT_NAMES:
        raise ValueError(f"there is no webhook {name!r}{nearest(name, EVENT_NAMES)}")

    def wanted(event: WebhookEvent) -> bool:
        return (
            event.event == name
            and (not room or _room_name(event) == room)
            and (not identity or (event.participant and event.participant.identity) == identity)
            and (where is None or where(event))
        )

    return wanted


def _room_name(event: WebhookEvent) -> str:
    if event.room is not None:
        return event.room.name
    info = event.egress_info or event.ingress_info
    return info.room_name if info is not None else ""


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
