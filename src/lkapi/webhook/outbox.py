"""The rules by which LiveKit delivers webhooks, without I/O.

There is one queue for each target and resource, so only the events of one resource are kept in
order. While a delivery waits for its next attempt, the rest of its queue waits (recorded behaviour
57).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from lkapi._credentials import check_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook.signer import SignedWebhook

__all__ = ["Delivery", "DeliveryRules", "Outbox", "WebhookTarget", "resource_of"]

NOT_IMPLEMENTED: Final = 501


@attrs.frozen
class DeliveryRules:
    """Limits and waits of deliveries; the defaults are LiveKit's."""

    attempts: int = 5
    """Attempts to send one event at most."""
    first_wait: float = 1.0
    """Seconds before the second attempt; each further wait is twice as long."""
    longest_wait: float = 30.0
    max_age: float = 30.0
    """Seconds in the queue after which an event is dropped unsent."""
    max_queued: int = 200
    """Events that may wait for one resource; more are dropped."""

    def wait_after(self, attempts: int) -> float:
        """Seconds to wait after so many failed attempts."""
        return min(self.first_wait * 2.0 ** (attempts - 1), self.longest_wait)


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(str(name) for name in names)


@attrs.frozen
class WebhookTarget:
    """Where events go, and the key that signs them.

    Raises:
        SettingsError: if key or secret is empty, or not text.
    """

    url: str
    api_key: str
    api_secret: str = attrs.field(repr=False)
    include: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    """Names of the events to send; empty for all. Wins over ``exclude``."""
    exclude: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    def __attrs_post_init__(self) -> None:
        check_credentials(self.api_key, self.api_secret)

    def wants(self, name: str) -> bool:
        """Whether events of this name are sent here."""
        return name in self.include if self.include else name not in self.exclude


@attrs.define(eq=False)
class Delivery:
    """One event on its way to one target."""

    event: WebhookEvent
    target: WebhookTarget
    queued_at: float
    attempts: int = 0
    due_at: float = 0.0
    in_flight: bool = False
    signed: SignedWebhook | None = None
    """Body and headers, made at the first attempt and the same at each further one."""


def resource_of(event: WebhookEvent) -> str:
    """The id or name of what an event is about; events of one resource are sent in order."""
    if event.egress_info is not None:
        return event.egress_info.egress_id
    if event.ingress_info is not None:
        return event.ingress_info.ingress_id
    if event.room is not None:
        return event.room.name
    if event.participant is not None:
        return event.participant.identity
    return event.track.sid if event.track is not None else ""


class Outbox:
    """Events that wait to be sent. Not safe for threads: the driver holds a lock."""

    def __init__(self, rules: DeliveryRules | None = None) -> None:
        """Start empty; the default rules are LiveKit's."""
        self.rules = rules or DeliveryRules()
        self._queues: dict[tuple[str, str], deque[Delivery]] = {}
        self.dropped = 0
        """Deliveries given up: too old, too many in the queue, or out of attempts."""

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def add(self, event: WebhookEvent, target: WebhookTarget, now: float) -> bool:
        """Queue an event; False if its queue is full and it was dropped."""
        queue = self._queues.setdefault((target.url, resource_of(event)), deque())
        if len(queue) >= self.rules.max_queued:
            self.dropped += 1
            return False
        queue.append(Delivery(event, target, queued_at=now, due_at=now))
        return True

    def waiting(self) -> list[Delivery]:
        """Everything not delivered yet, including what is in flight, in the order of queues."""
        return [delivery for queue in self._queues.values() for delivery in queue]

    def put_back(self, delivery: Delivery) -> None:
        """Queue a delivery that another outbox had waiting, behind everything that waits here."""
        key = (delivery.target.url, resource_of(delivery.event))
        self._queues.setdefault(key, deque()).append(delivery)

    def start_due(self, now: float) -> list[Delivery]:
        """Begin an attempt in each queue whose head is due; ``report`` must follow for each."""
        ready: list[Delivery] = []
        for key in list(self._queues):
            head = self._head(key, now)
            if head is not None and not head.in_flight and head.due_at <= now:
                ready.append(self._start(head, now))
        return ready

    def next_due(self) -> float | None:
        """When the next attempt is due; None if nothing waits."""
        heads = (queue[0] for queue in self._queues.values() if queue)
        return min((head.due_at for head in heads if not head.in_flight), default=None)

    def skip_waits(self, now: float) -> None:
        """Make the next attempt of every queue due."""
        for queue in self._queues.values():
            queue[0].due_at = min(queue[0].due_at, now)

    def report(self, sent: Delivery, status: int | None, now: float) -> None:
        """Record the outcome of an attempt: the HTTP status, or None if there was no response."""
        sent.in_flight = False
        if _is_worth_repeating(status) and sent.attempts < self.rules.attempts:
            sent.due_at = now + self.rules.wait_after(sent.attempts)
            return
        if status is None or not 200 <= status < 300:
            self.dropped += 1
        key = (sent.target.url, resource_of(sent.event))
        queue = self._queues[key]
        queue.popleft()
        if not queue:
            del self._queues[key]

    def _head(self, key: tuple[str, str], now: float) -> Delivery | None:
        queue = self._queues[key]
        while queue and not queue[0].attempts and now - queue[0].queued_at > self.rules.max_age:
            queue.popleft()
            self.dropped += 1
        if not queue:
            del self._queues[key]
            return None
        return queue[0]

    def _start(self, head: Delivery, now: float) -> Delivery:
        head.in_flight = True
        head.attempts += 1
        if head.signed is None:
            from lkapi.webhook.signer import sign_event  # not before something is to be sent

            head.signed = sign_event(
                head.event, head.target.api_key, head.target.api_secret, clock=_fixed_clock(now)
            )
        return head


def _fixed_clock(now: float) -> Callable[[], float]:
    return lambda: now


def _is_worth_repeating(status: int | None) -> bool:
    if status is None or status == 429:
        return True
    return status >= 500 and status != NOT_IMPLEMENTED
