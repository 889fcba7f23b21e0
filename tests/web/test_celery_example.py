"""The Celery example: the route only queues, a real worker on an in-memory broker does the work."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from lkapi.auth import AccessToken, VideoGrants
from lkapi.devserver import DevServer, World
from lkapi.devserver.front_ends.threaded import HTTPFrontEnd
from lkapi.webhook import sign_event
from tests.web import support

pytest.importorskip("celery")
pytest.importorskip("flask")


@attrs.frozen
class Running:
    module: Any
    world: World

    def deliver(self, event: Any) -> int:
        """Deliver an event of the world to the route, as LiveKit would."""
        signed = sign_event(event, support.KEY, support.SECRET)
        client = self.module.app.test_client()
        path = "/livekit/webhook"
        return client.post(path, data=signed.body, headers=signed.headers).status_code

    def join(self, identity: str) -> Any:
        token = AccessToken(support.KEY, support.SECRET, identity=identity)
        return self.world.join(token.with_grants(VideoGrants(room_join=True, room="demo")).to_jwt())


@pytest.fixture(scope="module")
def example() -> Iterator[Running]:
    """The example with its broker in memory, against the embedded server."""
    world = World(keys={support.KEY: support.SECRET})
    with HTTPFrontEnd(DevServer(world)) as livekit, pytest.MonkeyPatch.context() as patch:
        patch.delenv("LIVEKIT_TOKEN", raising=False)
        patch.setenv("LIVEKIT_URL", livekit.url)
        patch.setenv("LIVEKIT_API_KEY", support.KEY)
        patch.setenv("LIVEKIT_API_SECRET", support.SECRET)
        patch.setenv("CELERY_BROKER_URL", "memory://")
        yield Running(support.load(support.ROOT / "examples/celery_app.py"), world)


def joined_event(world: World) -> Any:
    return next(
        event for event in reversed(world.events.all()) if event.event == "participant_joined"
    )


def test_the_route_only_queues(example, monkeypatch):
    """The task gets the whole event as text; nothing is called before the answer."""
    queued = []
    monkeypatch.setattr(example.module.greet, "delay", queued.append)
    bob = example.join("bob")
    event = joined_event(example.world)
    assert example.deliver(event) == 204
    assert [json.loads(text)["id"] for text in queued] == [event.id]
    assert example.deliver(event) == 204
    assert len(queued) == 1
    bob.leave()


def test_a_broker_that_is_down_makes_livekit_send_again(example, monkeypatch):
    """500 while nothing can be queued, and the repetition is handled."""

    def fail(text: str) -> None:
        raise ConnectionError("no broker")

    eve = example.join("eve")
    event = joined_event(example.world)
    with monkeypatch.context() as patch:
        patch.setattr(example.module.greet, "delay", fail)
        assert example.deliver(event) == 500
    queued = []
    monkeypatch.setattr(example.module.greet, "delay", queued.append)
    assert example.deliver(event) == 204
    assert len(queued) == 1
    eve.leave()


def test_the_worker_greets(example):
    """A worker takes the event from the queue and sends the greeting to the room."""
    from celery.contrib.testing.worker import start_worker
    from celery.signals import setup_logging, task_postrun

    ann, done = example.join("ann"), threading.Event()
    event = joined_event(example.world)

    def notice(**told: Any) -> None:
        done.set()

    def leave_logging_alone(**told: Any) -> None:
        """A worker would set up the logging of this whole process."""

    task_postrun.connect(notice)
    setup_logging.connect(leave_logging_alone)
    example.module.queue.conf.broker_transport_options = {"polling_interval": 0.02}
    worker = start_worker(
        example.module.queue, perform_ping_check=False, pool="solo", loglevel="ERROR"
    )
    with worker:
        assert example.deliver(event) == 204
        assert done.wait(20), "the worker did not run the task"
    assert [data.payload for data in ann.received] == [b"ann is here"]
