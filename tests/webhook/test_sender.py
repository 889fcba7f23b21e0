"""Sending by LiveKit's rules, on a clock of the tests' own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from lkapi.errors import SettingsError
from lkapi.protocol.agent import Job
from lkapi.protocol.egress import EgressInfo
from lkapi.protocol.ingress import IngressInfo
from lkapi.protocol.models import ParticipantInfo, Room, TrackInfo
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import (
    DeliveryRules,
    WebhookReceiver,
    WebhookSender,
    WebhookTarget,
    WebhookVerifier,
)
from lkapi.webhook.outbox import resource_of
from tests.webhook.recorded_webhooks import RETRIED

TARGET = WebhookTarget("http://app/hook", "devkey", "not-a-real-secret-0123456789abcdef")


class World:
    """A clock, and a receiver that answers as told and notes what came when."""

    def __init__(self, *answers: int | Exception) -> None:
        self.now = 1_000.0
        self.answers = list(answers)
        self.got: list[tuple[float, str, Mapping[str, str], bytes]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.now += seconds

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((self.now, url, headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def apost(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return self.post(url, headers, body)

    def sender(self, targets: Any = TARGET, **options: Any) -> WebhookSender:
        return WebhookSender(targets, self.post, clock=self.clock, sleep=self.sleep, **options)

    def times(self) -> list[float]:
        return [at - 1_000.0 for at, *_ in self.got]

    def ids(self) -> list[str]:
        return [WebhookEvent.from_json(body).id for *_, body in self.got]


def event(identifier: str, room: str = "demo", name: str = "room_started") -> WebhookEvent:
    return WebhookEvent(event=name, id=identifier, room=Room(name=room))


def test_what_is_sent_verifies() -> None:
    """Bare token, LiveKit's headers, and a body that a receiver accepts."""
    world = World()
    sender = world.sender()
    assert sender.send(event("EV_1")) == 1
    sender.flush()
    _, url, headers, body = world.got[0]
    receiver = WebhookReceiver(
        WebhookVerifier(TARGET.api_key, TARGET.api_secret, clock=world.clock)
    )
    assert url == TARGET.url
    assert receiver.receive(body, headers["Authorization"]) == event("EV_1")
    assert sender.pending == sender.dropped == 0


@pytest.mark.parametrize("failure", [500, 503, 429, OSError("away"), LookupError("odd client")])
def test_failures_are_repeated_unchanged(failure: Any) -> None:
    """The same body and token again, after 1, 2, 4 and 8 s; five times in all."""
    world = World(*[failure] * 9)
    sender = world.sender()
    sender.send(event("EV_1"))
    sender.flush()
    assert world.times() == [0, 1, 3, 7, 15]
    assert len({(headers["Authorization"], body) for _, _, headers, body in world.got}) == 1
    assert (sender.pending, sender.dropped) == (0, 1)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413, 501])
def test_other_refusals_are_final(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Any other status ends the delivery at once, with a line in the log."""
    world = World(status)
    sender = world.sender()
    sender.send(event("EV_1"))
    sender.flush()
    assert world.times() == [0]
    assert sender.dropped == 1
    assert str(status) in caplog.text


def test_order_is_kept_for_a_resource_and_no_further() -> None:
    """While one room's event is repeated, later ones of that room wait, and those of others go."""
    world = World(500)
    sender = world.sender()
    for identifier, room in (("EV_1", "a"), ("EV_2", "a"), ("EV_3", "b")):
        sender.send(event(identifier, room))
    sender.flush()
    assert world.ids() == ["EV_1", "EV_3", "EV_1", "EV_2"]
    assert world.times() == [0, 0, 1, 1]


def test_old_events_are_dropped_unsent() -> None:
    """What waited for more than 30 s is dropped, unless its attempts have begun."""
    world = World()
    sender = world.sender()
    sender.send(event("EV_old"))
    world.now += 31
    sender.send(event("EV_new"))
    sender.flush()
    assert world.ids() == ["EV_new"]
    assert sender.dropped == 1
    sender.send(event("EV_alone"))
    world.now += 31
    sender.flush()
    assert (sender.pending, sender.dropped) == (0, 2)


def test_a_queue_is_bounded() -> None:
    """When 200 wait for one resource, further events of it are dropped."""
    world = World()
    sender = world.sender()
    assert sum(sender.send(event(f"EV_{number}")) for number in range(205)) == 200
    assert sender.send(event("EV_other", "other room")) == 1
    assert (sender.pending, sender.dropped) == (201, 5)


def test_targets_choose_their_events() -> None:
    """Include wins over exclude; further targets may be named for one event."""
    only = WebhookTarget(
        "http://only", "k", "s", include=["room_started"], exclude=["room_started"]
    )
    without = WebhookTarget("http://without", "k", "s", exclude={"room_started"})
    extra = WebhookTarget("http://extra", "other", "s2")
    world = World()
    sender = world.sender([only, without])
    assert sender.send(event("EV_1"), also=[extra]) == 2
    assert sender.send(event("EV_2", name="room_finished")) == 1
    sender.flush()
    assert [url for _, url, *_ in world.got] == ["http://only", "http://extra", "http://without"]
    assert "s2" not in repr(extra)


@pytest.mark.parametrize(
    ("given", "resource"),
    [
        (WebhookEvent(egress_info=EgressInfo(egress_id="EG"), room=Room(name="r")), "EG"),
        (WebhookEvent(ingress_info=IngressInfo(ingress_id="IN")), "IN"),
        (WebhookEvent(room=Room(name="r"), participant=ParticipantInfo(identity="p")), "r"),
        (WebhookEvent(participant=ParticipantInfo(identity="p")), "p"),
        (WebhookEvent(track=TrackInfo(sid="TR")), "TR"),
        (WebhookEvent(job=Job(id="AJ")), ""),
    ],
    ids=["egress", "ingress", "room", "participant", "track", "none"],
)
def test_resources(given: WebhookEvent, resource: str) -> None:
    """Egress, ingress, room, participant, track: the first that there is."""
    assert resource_of(given) == resource


def test_the_recorded_retries_are_reproduced() -> None:
    """Answered as the recording was, the sender sends as LiveKit did: which event, and when."""
    world = World(*[delivery["answered"] for delivery in RETRIED])
    sender = world.sender()
    first: dict[str, float] = {}
    for delivery in RETRIED:
        first.setdefault(delivery["id"], delivery["received_at"])
    for delivery_id, at in first.items():
        name = next(d["event"] for d in RETRIED if d["id"] == delivery_id)
        room = next(d["room"] for d in RETRIED if d["id"] == delivery_id)
        world.now = max(world.now, at)
        sender.send(event(delivery_id, room, name))
        sender.flush()
    assert world.ids() == [delivery["id"] for delivery in RETRIED]
    for (at, *_), delivery in zip(world.got, RETRIED, strict=True):
        assert at == pytest.approx(delivery["received_at"], abs=0.1)


async def test_delivering_with_coroutines() -> None:
    """``aflush`` does the same with an asynchronous post and sleep."""
    world = World(503, OSError("away"))
    sender = WebhookSender(TARGET, world.apost, clock=world.clock, sleep=world.asleep)
    sender.send(event("EV_1", "a"))
    sender.send(event("EV_2", "b"))
    await sender.aflush()
    assert world.times() == [0, 0, 1, 1]
    assert sorted(world.ids()) == ["EV_1", "EV_1", "EV_2", "EV_2"]
    with pytest.raises(SettingsError, match="aflush"):
        sender.flush()
    with pytest.raises(SettingsError, match="aflush"):
        sender.start()


async def test_ordinary_functions_serve_aflush_too() -> None:
    """A blocking post and sleep may be used with ``aflush``."""
    world = World(503)
    sender = world.sender()
    sender.send(event("EV_1"))
    await sender.aflush()
    assert world.times() == [0, 1]


def test_delivering_in_a_thread() -> None:
    """``start`` delivers what is sent, repeats what failed, and ``close`` ends it."""
    done = threading.Semaphore(0)
    answers = [503]
    seen: list[str] = []

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        status = answers.pop() if answers else 200
        seen.append(WebhookEvent.from_json(body).id)
        done.release()
        return status

    sender = WebhookSender(TARGET, post, rules=DeliveryRules(first_wait=0.01)).start()
    assert sender.start() is sender
    sender.send(event("EV_1"))
    assert done.acquire(timeout=10)
    assert done.acquire(timeout=10)
    sender.send(event("EV_2"))
    assert done.acquire(timeout=10)
    sender.close()
    sender.close()
    assert seen == ["EV_1", "EV_1", "EV_2"]


def test_waits_are_bounded() -> None:
    """The waits double up to half a minute."""
    rules = DeliveryRules()
    assert [rules.wait_after(n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


def test_no_answer_is_logged_without_the_token(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the url, and shows neither token nor secret."""
    caplog.set_level(logging.DEBUG)
    world = World(OSError("away"))
    sender = world.sender()
    sender.send(event("EV_1"))
    sender.flush()
    assert TARGET.url in caplog.text
    token = world.got[0][2]["Authorization"]
    assert token not in caplog.text
    assert TARGET.api_secret not in caplog.text


def test_waits_can_be_skipped() -> None:
    """The next attempt is due at once, and the clock stays where it is."""
    world = World(500, 500)
    sender = WebhookSender(
        TARGET, world.post, clock=world.clock, sleep=lambda _: sender.skip_waits()
    )
    sender.send(event("EV_1"))
    sender.flush()
    assert world.times() == [0, 0, 0]


def test_threads_keep_to_one_delivery_of_a_resource() -> None:
    """A slow answer holds up its own resource; ``flush`` waits for it; a post may flush itself."""
    go_on = threading.Event()
    came = threading.Semaphore(0)
    seen: list[str] = []

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        got = WebhookEvent.from_json(body)
        seen.append(got.id)
        came.release()
        sender.flush()
        if got.id == "EV_slow":
            assert go_on.wait(20)
        return 200

    sender = WebhookSender(TARGET, post).start()
    sender.send(event("EV_slow", "a"))
    assert came.acquire(timeout=20)
    sender.send(event("EV_after", "a"))
    for number in range(40):
        sender.send(event(f"EV_{number}", f"room {number}"))
        assert came.acquire(timeout=20)
    assert "EV_after" not in seen
    threading.Timer(0.01, go_on.set).start()
    sender.flush()
    assert seen[-1] == "EV_after"
    assert sender.pending == sender.dropped == 0
    sender.close()


def test_threads_are_bounded() -> None:
    """Sixteen deliveries in threads of their own, one in the first thread; the next one waits."""
    go_on = threading.Event()
    came = threading.Semaphore(0)
    seen: list[str] = []

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        seen.append(WebhookEvent.from_json(body).id)
        came.release()
        assert go_on.wait(20)
        return 200

    sender = WebhookSender(TARGET, post)
    for number in range(20):
        sender.send(event(f"EV_{number}", f"room {number}"))
    sender.start()
    for _ in range(17):
        assert came.acquire(timeout=20)
    assert not came.acquire(blocking=False)
    go_on.set()
    sender.flush()
    sender.close()
    assert len(seen) == len(set(seen)) == 20
    assert sender.pending == sender.dropped == 0


@pytest.mark.parametrize(
    ("status", "told"), [(200, False), (299, False), (199, True), (300, True), (404, True)]
)
def test_a_refusal_is_logged_with_its_status(
    status: int, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Which url, which status, which event; nothing where all is well."""
    sender = World(status).sender()
    sender.send(event("EV_1"))
    sender.flush()
    expected = [f"{TARGET.url} responded with {status} to EV_1"] if told else []
    assert [record.getMessage() for record in caplog.records] == expected


def test_what_waited_in_one_sender_is_sent_by_another() -> None:
    """In order; so a server that is started again goes on where the last one was."""
    before, world = World().sender(), World()
    before.send(event("EV_1"))
    before.send(event("EV_2"))
    after = world.sender()
    after.put_back(before.waiting())
    assert after.pending == 2
    after.flush()
    assert world.ids() == ["EV_1", "EV_2"]


def test_closing_waits_for_the_threads() -> None:
    """For what is in flight; afterwards none of them is left. Daemons do not keep a program up."""
    came, go_on = threading.Event(), threading.Event()
    posting: list[threading.Thread] = []

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        posting.append(threading.current_thread())
        came.set()
        assert go_on.wait(20)
        return 200

    before = set(threading.enumerate())
    sender = WebhookSender(TARGET, post).start()
    (worker,) = set(threading.enumerate()) - before
    sender.send(event("EV_1"))
    assert came.wait(20)
    threading.Timer(0.01, go_on.set).start()
    sender.close()
    assert sender.pending == 0
    for thread in (worker, *posting):
        assert thread.daemon
        assert not thread.is_alive()


def test_a_target_needs_a_key_and_a_secret() -> None:
    """What it is signed with is looked at before anything is queued."""
    with pytest.raises(SettingsError, match="api_secret is empty"):
        WebhookTarget("http://app/hook", "devkey", "")
    with pytest.raises(SettingsError, match="api_key is empty"):
        WebhookTarget("http://app/hook", "", TARGET.api_secret)
