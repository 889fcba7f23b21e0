"""Signing webhooks as LiveKit does, for tests and for the embedded server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import attrs

from lkapi._credentials import check_credentials
from lkapi.auth import sign_claims
from lkapi.errors.base import hides_locals
from lkapi.webhook.receiver import hash_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.protocol.webhook import WebhookEvent

__all__ = ["SignedWebhook", "sign_event", "sign_webhook"]

TTL: Final = 300.0
"""Seconds for which the token of a webhook is valid (recorded behaviour 54)."""


@attrs.frozen
class SignedWebhook:
    """A request as LiveKit would post it."""

    body: bytes = attrs.field(repr=False)
    headers: dict[str, str] = attrs.field(repr=False)
    """They include the token: ``Authorization``."""

    @property
    def authorization(self) -> str:
        """Value of the ``Authorization`` header: the bare token."""
        return self.headers["Authorization"]


@hides_locals
def sign_webhook(
    body: bytes | str,
    api_key: str,
    api_secret: str,
    *,
    ttl: float = TTL,
    clock: Callable[[], float] = time.time,
) -> str:
    """The value of the ``Authorization`` header for a body, which must be sent unchanged.

    Raises:
        SettingsError: if key or secret is empty, or not text.
    """
    check_credentials(api_key, api_secret)
    raw = body.encode() if isinstance(body, str) else body
    return sign_claims(api_key, api_secret, {"sha256": hash_body(raw)}, ttl, clock())


@hides_locals
def sign_event(
    event: WebhookEvent,
    api_key: str,
    api_secret: str,
    *,
    ttl: float = TTL,
    clock: Callable[[], float] = time.time,
) -> SignedWebhook:
    """Body and headers of an event, as LiveKit would post them.

    Raises:
        SettingsError: if key or secret is empty, or not text.
    """
    body = event.to_json().encode()
    headers = {
        "Authorization": sign_webhook(body, api_key, api_secret, ttl=ttl, clock=clock),
        "Content-Type": "application/webhook+json",
        "User-Agent": "LiveKit",
    }
    return SignedWebhook(body, headers)
