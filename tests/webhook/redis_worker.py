"""One worker of the storm test: handles the events it is told of, and says which ones it took."""

from __future__ import annotations

import sys

import redis

from lkapi.errors import WebhookInProgressError
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import RedisEventStore, WebhookRouter


def main() -> None:
    client = redis.Redis(port=int(sys.argv[1]))
    router = WebhookRouter(store=RedisEventStore(client, when_down="refuse"))
    router.any(lambda event: sys.stdout.write(f"{event.id}\n"))
    for line in sys.stdin:
        event = WebhookEvent(event="room_started", id=line.strip())
        while True:
            try:
                router.dispatch(event)
            except WebhookInProgressError:
                continue  # the other worker has it just now
            break
    client.close()


main()
