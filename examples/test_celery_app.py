"""The test of ``celery_app.py``, with nothing but lkapi's pytest plugin; see ``pytest.ini``."""

from __future__ import annotations

import celery_app
import pytest

import lkapi


@pytest.fixture
def queued(monkeypatch, livekit_webhooks):
    """Events for the worker; they wait here instead of in a broker."""
    queued = []
    monkeypatch.setattr(celery_app.greet, "delay", queued.append)
    livekit_webhooks.deliver_to_wsgi(celery_app.app)
    return queued


def test_the_route_queues_and_the_worker_greets(queued, livekit_server, livekit_webhooks):
    ann = livekit_server.join("ann", "demo", name="Ann")
    livekit_webhooks.wait_for("participant_joined")
    assert ann.received == []
    celery_app.greet(*queued)
    assert [(data.topic, data.payload) for data in ann.received] == [("greetings", b"Ann is here")]


def test_the_broker_is_down(queued, livekit_server, livekit_webhooks, monkeypatch):
    """LiveKit sends the event again, and it is queued once."""
    tries = []

    def delay(text):
        tries.append(text)
        if len(tries) == 1:
            raise ConnectionError("no broker")
        queued.append(text)

    monkeypatch.setattr(celery_app.greet, "delay", delay)
    livekit_server.join("ann", "demo")
    livekit_webhooks.flush()
    assert (len(tries), len(queued)) == (2, 1)


def test_livekit_is_down(queued, livekit_server, livekit_webhooks):
    """The task is tried again, five times; another error is not worth that."""
    livekit_server.join("ann", "demo")
    livekit_webhooks.flush()
    livekit_server.faults.fail(method="SendData", status=503)
    result = celery_app.greet.apply(args=queued)
    assert isinstance(result.result, lkapi.UnavailableError)
    livekit_server.faults.clear()
    assert celery_app.greet.apply(args=queued).successful()
