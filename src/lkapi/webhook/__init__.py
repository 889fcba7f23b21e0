"""Webhooks: receiving them, handling each once, and sending them as LiveKit does."""

from __future__ import annotations

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
