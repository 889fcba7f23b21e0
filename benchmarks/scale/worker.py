"""The workers: Celery tasks that handle each event once.

These are the settings that docs/at-scale.md recommends, but for the times, which are shortened.
The work of an event is to say so in a file, which survives whatever is killed.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import redis
from celery import Celery
from celery.exceptions import Reject
from celery.signals import worker_ready
from redis.backoff import NoBackoff
from redis.retry import Retry

from benchmarks.scale.settings import Settings
from lkapi.errors import WebhookStoreError
from lkapi.webhook import RedisEventStore, WebhookEvent, handle_once

settings = Settings.from_environment()
queue = Celery("scale", broker=settings.broker)
queue.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": settings.visibility,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
    },
)
client = redis.Redis.from_url(
    settings.broker, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
)
store = RedisEventStore(client, when_down="refuse", lease=settings.lease)


class Diary:
    """What this process did, a line for each thing: written at once, and kept if it is killed."""

    def __init__(self) -> None:
        self._file = -1
        self._works = 0

    def write(self, what: str, event_id: str) -> None:
        """One line, in one system call."""
        if self._file < 0:
            path = os.path.join(settings.folder, f"worker-{os.getpid()}.diary")
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(self._file, f"{what} {event_id}\n".encode())

    def die_if_it_is_time(self) -> None:
        """The whole worker is killed at its n-th event, as a machine that fails would.

        Or its child alone, once: the parent starts another.
        """
        self._works += 1
        if self._works != settings.die_at:
            return
        if not settings.die_alone:
            os.killpg(os.getpgid(0), signal.SIGKILL)
        mark = Path(settings.folder, "a-child-died")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


diary = Diary()


@worker_ready.connect
def say_so(**_: object) -> None:
    """In the parent process of a worker: it takes tasks from now on."""
    diary.write("ready", "-")


def work(event: WebhookEvent) -> None:
    """What an application would do here."""
    diary.write("started", event.id)
    time.sleep(settings.work)
    if settings.die_before_done:
        diary.die_if_it_is_time()
    diary.write("done", event.id)
    if not settings.die_before_done:
        diary.die_if_it_is_time()


@queue.task
def work_on(event_json: str) -> None:
    """Handle an event, unless it was handled; what cannot be told now goes back into the queue."""
    event = WebhookEvent.from_json(event_json)
    try:
        new = handle_once(event, store, work)
    except WebhookStoreError as error:
        time.sleep(0.5)
        raise Reject(error, requeue=True) from error
    if not new:
        diary.write("again", event.id)
