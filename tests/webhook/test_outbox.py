"""The queues of a sender, step by step: what an outcome means, what is too old, what is due."""

from __future__ import annotations

import pytest

from lkapi.protocol.models import Room
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookTarget
from lkapi.webhook.outbox import Delivery, DeliveryRules, Outbox

TARGET = WebhookTarget("http://app/hook", "devkey", "not-a-real-secret-0123456789abcdef")
DEFAULT = DeliveryRules()


def event(event_id: str) -> WebhookEvent:
    return WebhookEvent(event="room_started", id=event_id, room=Room(name="demo"))


def with_events(*ids: str, rules: DeliveryRules = DEFAULT, now: float = 0.0) -> Outbox:
    outbox = Outbox(rules)
    for event_id in ids:
        assert outbox.add(event(event_id), TARGET, now)
    return outbox


def start_one(outbox: Outbox, now: float) -> Delivery:
    (started,) = outbox.start_due(now)
    return started


@pytest.mark.parametrize(
    ("status", "waits", "dropped"),
    [
        (200, False, 0),
        (201, False, 0),
        (299, False, 0),
        (199, False, 1),
        (300, False, 1),
        (404, False, 1),
        (429, True, 0),
        (499, False, 1),
        (500, True, 0),
        (501, False, 1),
        (503, True, 0),
        (None, True, 0),
    ],
)
def test_what_an_outcome_means(status: int | None, waits: bool, dropped: int) -> None:
    """2xx is delivered; 429, 5xx and no response are repeated, but for 501; others are final."""
    outbox = with_events("EV_1")
    outbox.report(start_one(outbox, 0.0), status, 0.0)
    assert (len(outbox) == 1, outbox.dropped) == (waits, dropped)
    assert outbox.next_due() == (1.0 if waits else None)


def test_the_last_attempt_is_final() -> None:
    """An event that is given up counts as dropped once, and the next one follows."""
    outbox = with_events("EV_1", "EV_2", rules=DeliveryRules(attempts=2))
    for now in (0.0, 1.0):
        outbox.report(start_one(outbox, now), 503, now)
    assert (len(outbox), outbox.dropped) == (1, 1)
    assert start_one(outbox, 1.0).event.id == "EV_2"


@pytest.mark.parametrize(("age", "dropped"), [(30.0, 0), (30.5, 1)])
def test_what_waited_longer_than_thirty_seconds_is_dropped(age: float, dropped: int) -> None:
    """By default, and only before its first attempt."""
    outbox = with_events("EV_1")
    assert len(outbox.start_due(age)) == 1 - dropped
    assert outbox.dropped == dropped


def test_an_event_under_way_is_never_too_old() -> None:
    """Nor are those behind it counted before it is their turn."""
    outbox = with_events("EV_1", "EV_2")
    started = start_one(outbox, 0.0)
    assert outbox.start_due(100.0) == []
    outbox.report(started, 503, 100.0)
    assert start_one(outbox, 101.0) is started
    assert outbox.dropped == 0


def test_skipping_waits_makes_the_heads_due_and_nothing_later() -> None:
    """An event that was due already stays due; those behind the head are left alone."""
    outbox = with_events("EV_1", "EV_2", now=5.0)
    outbox.skip_waits(9.0)
    assert outbox.next_due() == 5.0
    outbox.report(start_one(outbox, 9.0), 503, 9.0)
    assert outbox.next_due() == 10.0
    outbox.skip_waits(9.5)
    assert [waiting.due_at for waiting in outbox.waiting()] == [9.5, 5.0]


def test_a_queue_that_was_filled_by_another_outbox_takes_no_more() -> None:
    """What is put back is kept beyond the limit; what is new is not."""
    outbox = with_events("EV_1", rules=DeliveryRules(max_queued=1))
    outbox.put_back(Delivery(event("EV_0"), TARGET, queued_at=0.0))
    assert len(outbox) == 2
    assert not outbox.add(event("EV_2"), TARGET, 0.0)
    assert [waiting.event.id for waiting in outbox.waiting()] == ["EV_1", "EV_0"]
    assert outbox.dropped == 1
