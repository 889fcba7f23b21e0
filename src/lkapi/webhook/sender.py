"""Sending webhooks as LiveKit does: for tests of a receiver, and for the embedded server."""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from lkapi.errors import SettingsError
from lkapi.webhook.outbox import Delivery, DeliveryRules, Outbox, WebhookTarget

if TYPE_CHECKING:
    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["AsyncPost", "Post", "WebhookSender"]

Post: TypeAlias = Callable[[str, Mapping[str, str], bytes], int]
"""Posts a body with headers to a url and returns the status; an exception counts as no response."""

AsyncPost: TypeAlias = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""The same for coroutines."""

_log = logging.getLogger("lkapi.webhook")
_THREADS = 16
"""Deliveries in flight at once, of different resources."""


class WebhookSender:
    """Queues events and delivers them by LiveKit's rules.

    Every attempt has the same body and token; there are waits of 1, 2, 4 … seconds after 429, after
    5xx other than 501, and if there is no response. Events of one resource are sent in order. An
    event is dropped after 30 s in the queue, or if 200 events wait before it.

    `flush` and `aflush` deliver what is queued and return; `start` delivers from threads.
    """

    def __init__(
        self,
        targets: WebhookTarget | Sequence[WebhookTarget],
        post: Post | AsyncPost,
        *,
        rules: DeliveryRules | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Make a sender with an empty queue.

        Args:
            targets: where each event goes.
            post: makes the HTTP request, with any library; a coroutine function for `aflush`.
            rules: other limits and waits than LiveKit's.
            clock: returns the current unix time.
            sleep: waits the given number of seconds; a coroutine function for `aflush`.
        """
        self.targets = [targets] if isinstance(targets, WebhookTarget) else list(targets)
        self._post = post
        self._clock = clock
        self._sleep = sleep
        self._outbox = Outbox(rules)
        self._lock = threading.Lock()
        self._reported = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._posting: set[threading.Thread] = set()
        self._thread_state = threading.local()

    def send(self, event: WebhookEvent, *, also: Sequence[WebhookTarget] = ()) -> int:
        """Queue an event for every target that wants it; it must not be changed afterwards.

        Args:
            event: the event to send.
            also: further targets for this event only, as an egress may name.

        Returns:
            The number of targets for which it was queued.
        """
        wanting = [target for target in (*self.targets, *also) if target.wants(event.event)]
        with self._lock:
            queued = sum(self._outbox.add(event, target, self._clock()) for target in wanting)
        self._wake.set()
        return queued

    def waiting(self) -> list[Delivery]:
        """Deliveries that are not finished yet, including those in flight; do not change them."""
        with self._lock:
            return self._outbox.waiting()

    def put_back(self, waiting: Sequence[Delivery]) -> None:
        """Queue what waited in another sender; each delivery keeps its age and attempts."""
        with self._lock:
            for delivery in waiting:
                self._outbox.put_back(delivery)
        self._wake.set()

    @property
    def pending(self) -> int:
        """How many deliveries wait or are in flight."""
        with self._lock:
            return len(self._outbox)

    @property
    def dropped(self) -> int:
        """How many deliveries were given up."""
        return self._outbox.dropped

    def skip_waits(self) -> None:
        """Make the next attempt of everything due now, for tests that do not want to wait."""
        with self._lock:
            self._outbox.skip_waits(self._clock())
        self._wake.set()

    def flush(self) -> None:
        """Deliver or give up everything that is queued, with the waits of the rules.

        After `start` this also waits for what the threads have in flight.
        """
        if inspect.iscoroutinefunction(self._post):
            raise SettingsError("post is asynchronous: use aflush")
        sleep = self._sleep or time.sleep
        while True:
            wait = self._deliver_due(self._post_one)
            if wait is None and not self._await_report():
                return
            if wait:
                sleep(wait)

    async def aflush(self) -> None:
        """`flush` for coroutines; deliveries of different resources run at the same time."""
        import asyncio  # callers have loaded it; a server without coroutines starts sooner

        sleep: Callable[[float], object] = self._sleep or asyncio.sleep
        while True:
            due, wait = self._take()
            if wait is None and not due:
                return
            await asyncio.gather(*(self._apost(delivery) for delivery in due))
            if not due and wait:
                slept = sleep(wait)
                if inspect.isawaitable(slept):
                    await slept

    def start(self) -> WebhookSender:
        """Deliver from daemon threads until `close`; a slow receiver delays one resource only."""
        if inspect.iscoroutinefunction(self._post):
            raise SettingsError("post is asynchronous: use aflush")
        if self._thread is None:
            self._closed = False
            self._thread = threading.Thread(target=self._work, name="lkapi-webhooks", daemon=True)
            self._thread.start()
        return self

    def close(self) -> None:
        """Stop the threads after the deliveries in flight; what still waits is not sent."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for thread in tuple(self._posting):
            thread.join()

    def _work(self) -> None:
        while not self._closed:
            self._wake.clear()
            wait = self._deliver_due(self._post_in_thread)
            if wait != 0:
                self._wake.wait(wait)

    def _deliver_due(self, post: Callable[[Delivery], None]) -> float | None:
        """Send what is due; seconds until more is, None if nothing waits."""
        due, wait = self._take()
        for delivery in due:
            post(delivery)
        return 0.0 if due else wait

    def _await_report(self) -> bool:
        """Wait until a thread reports; False if none has a delivery in flight."""
        if self._thread is None or getattr(self._thread_state, "in_delivery", False):
            return False  # a receiver cannot wait for its own delivery
        with self._reported:
            if not len(self._outbox):
                return False
            self._reported.wait_for(lambda: self._outbox.next_due() is not None or not self._outbox)
        return True

    def _take(self) -> tuple[list[Delivery], float | None]:
        with self._lock:
            now = self._clock()
            due = self._outbox.start_due(now)
            next_due = self._outbox.next_due()
        return due, None if next_due is None else max(0.0, next_due - now)

    def _post_in_thread(self, delivery: Delivery) -> None:
        """Post from a thread of its own, so that other resources need not wait for the response."""
        if len(self._posting) >= _THREADS:
            self._post_one(delivery)
            return

        def post() -> None:
            try:
                self._post_one(delivery)
            finally:
                self._posting.discard(threading.current_thread())
                self._wake.set()

        thread = threading.Thread(target=post, name="lkapi-webhook-post", daemon=True)
        self._posting.add(thread)
        thread.start()

    def _post_one(self, delivery: Delivery) -> None:
        status: int | None = None
        before = getattr(self._thread_state, "in_delivery", False)
        self._thread_state.in_delivery = True
        try:
            status = cast("int", self._post(*_request(delivery)))
        except Exception as error:  # noqa: BLE001 - whatever HTTP library it is
            _log.warning("no response from %s", delivery.target.url, exc_info=error)
        finally:
            self._thread_state.in_delivery = before
            self._report(delivery, status)

    async def _apost(self, delivery: Delivery) -> None:
        status: int | None = None
        try:
            answer = self._post(*_request(delivery))
            status = answer if isinstance(answer, int) else await answer
        except Exception as error:  # noqa: BLE001 - whatever HTTP library it is
            _log.warning("no response from %s", delivery.target.url, exc_info=error)
        finally:
            self._report(delivery, status)

    def _report(self, delivery: Delivery, status: int | None) -> None:
        if status is not None and not 200 <= status < 300:
            target, event = delivery.target.url, delivery.event.id
            _log.warning("%s responded with %d to %s", target, status, event)
        with self._lock:
            self._outbox.report(delivery, status, self._clock())
            self._reported.notify_all()


def _request(delivery: Delivery) -> tuple[str, Mapping[str, str], bytes]:
    signed = delivery.signed
    assert signed is not None
    return delivery.target.url, signed.headers, signed.body
