"""Webhooks: receiving them, handling each once, and sending them as LiveKit does.

Each name is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi._lazy import lazy_names

if TYPE_CHECKING:
    from lkapi.protocol.webhook import WebhookEvent
    from lkapi.webhook.dedupe import (
        AsyncEventStore,
        EventStore,
        MemoryEventStore,
        ahandle_once,
        handle_once,
    )
    from lkapi.webhook.names import EVENT_NAMES, EventName, WebhookEventType
    from lkapi.webhook.outbox import DeliveryRules, WebhookTarget
    from lkapi.webhook.presence import PresenceTracker, is_newer
    from lkapi.webhook.receiver import Body, WebhookDelivery, WebhookReceiver, WebhookVerifier
    from lkapi.webhook.redis_stores import AsyncRedisEventStore, RedisEventStore
    from lkapi.webhook.router import WebhookRouter
    from lkapi.webhook.sender import WebhookSender
    from lkapi.webhook.signer import SignedWebhook, sign_event, sign_webhook

__all__ = [
    "EVENT_NAMES",
    "AsyncEventStore",
    "AsyncRedisEventStore",
    "Body",
    "DeliveryRules",
    "EventName",
    "EventStore",
    "MemoryEventStore",
    "PresenceTracker",
    "RedisEventStore",
    "SignedWebhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookEventType",
    "WebhookReceiver",
    "WebhookRouter",
    "WebhookSender",
    "WebhookTarget",
    "WebhookVerifier",
    "ahandle_once",
    "handle_once",
    "is_newer",
    "sign_event",
    "sign_webhook",
]

_HOMES: Final = {
    "lkapi.protocol.webhook": ("WebhookEvent",),
    "lkapi.webhook.dedupe": (
        "AsyncEventStore",
        "EventStore",
        "MemoryEventStore",
        "ahandle_once",
        "handle_once",
    ),
    "lkapi.webhook.names": (
        "EVENT_NAMES",
        "EventName",
        "WebhookEventType",
    ),
    "lkapi.webhook.outbox": (
        "DeliveryRules",
        "WebhookTarget",
    ),
    "lkapi.webhook.presence": (
        "PresenceTracker",
        "is_newer",
    ),
    "lkapi.webhook.receiver": (
        "Body",
        "WebhookDelivery",
        "WebhookReceiver",
        "WebhookVerifier",
    ),
    "lkapi.webhook.redis_stores": (
        "AsyncRedisEventStore",
        "RedisEventStore",
    ),
    "lkapi.webhook.router": ("WebhookRouter",),
    "lkapi.webhook.sender": ("WebhookSender",),
    "lkapi.webhook.signer": (
        "SignedWebhook",
        "sign_event",
        "sign_webhook",
    ),
}
"""The names, by the module that has them."""

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
