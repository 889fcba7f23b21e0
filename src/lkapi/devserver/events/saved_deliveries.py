"""Waiting webhook deliveries in a snapshot.

A snapshot keeps the event, its URL and the id of the key, never a secret or a token: the event is
signed again. Its age does not grow while the server is stopped, so that it is not given up for
that. A delivery in flight is sent once more: delivery is at least once, as with LiveKit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lkapi.devserver.snapshots.values import write_message
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook.outbox import Delivery, WebhookTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.snapshots.values import Saved

__all__ = ["load_delivery", "save_delivery"]


def save_delivery(outgoing: Delivery, now: float) -> dict[str, Any]:
    """One delivery as part of a snapshot."""
    return {
        "event": write_message(outgoing.event),
        "url": outgoing.target.url,
        "api_key": outgoing.target.api_key,
        "age": now - outgoing.queued_at,
        "wait": 0.0 if outgoing.in_flight else max(0.0, outgoing.due_at - now),
        "attempts": outgoing.attempts - outgoing.in_flight,
    }


def load_delivery(saved: Saved, keys: Mapping[str, str], now: float) -> Delivery | None:
    """Read what ``save_delivery`` wrote; None if the signing key does not exist any more.

    Raises:
        SnapshotError: naming what cannot be read.
    """
    api_key = saved.at("api_key").text()
    event = saved.at("event").message(WebhookEvent)
    url = saved.at("url").text()
    queued_at = now - saved.at("age").number()
    due_at = now + saved.at("wait").number()
    attempts = saved.at("attempts").integer()
    if api_key not in keys:
        return None
    target = WebhookTarget(url, api_key, keys[api_key])
    return Delivery(event, target, queued_at=queued_at, attempts=attempts, due_at=due_at)
