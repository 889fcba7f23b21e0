"""Deliveries of a real server verify, parse and survive a round trip."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lkapi.auth import TokenVerifier
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import (
    EVENT_NAMES,
    SignedWebhook,
    WebhookReceiver,
    WebhookVerifier,
    sign_event,
    sign_webhook,
)
from tests.webhook.recorded_webhooks import body_of, recorded

DELIVERIES = recorded()


@pytest.mark.parametrize(("name", "delivery"), DELIVERIES, ids=[name for name, _ in DELIVERIES])
def test_real_deliveries_are_received(name: str, delivery: dict[str, Any]) -> None:
    """The recorded body and header give the event; as JSON again, nothing is lost."""
    verifier = WebhookVerifier(
        keys={delivery["api_key"]: delivery["api_secret"]}, clock=lambda: delivery["received_at"]
    )
    got = WebhookReceiver(verifier).receive_delivery(body_of(delivery), delivery["authorization"])
    assert got.event.event == name.partition(".")[0]
    assert got.event.event in EVENT_NAMES
    assert got.claims.api_key == delivery["claims"]["iss"]
    assert got.event.to_dict() == got.raw == json.loads(delivery["body_text"])
    assert WebhookEvent.from_bytes(got.event.to_bytes()) == got.event
    assert got.event.created_time is not None


@pytest.mark.parametrize(("name", "delivery"), DELIVERIES[::7], ids=[n for n, _ in DELIVERIES[::7]])
def test_the_signer_writes_what_the_server_wrote(name: str, delivery: dict[str, Any]) -> None:
    """Claims, headers and body of lkapi's signer are those of the recording."""
    key, secret = delivery["api_key"], delivery["api_secret"]
    issued = delivery["claims"]["iat"]
    event = WebhookEvent.from_json(body_of(delivery))
    signed = sign_event(event, key, secret, clock=lambda: issued)
    assert json.loads(signed.body) == json.loads(delivery["body_text"])
    token = sign_webhook(body_of(delivery), key, secret, clock=lambda: issued)
    claims = TokenVerifier(key, secret, clock=lambda: issued).verify(token)
    assert dict(claims.raw) == delivery["claims"]
    for header in ("Content-Type", "User-Agent"):
        assert signed.headers[header] == delivery["headers"][header]
    assert isinstance(signed, SignedWebhook)
    assert signed.authorization == signed.headers["Authorization"]


def test_count_of_recorded_deliveries() -> None:
    """48 deliveries of 12 kinds of event were recorded."""
    kinds = {name.partition(".")[0] for name, _ in DELIVERIES}
    print(f"recorded webhooks: {len(DELIVERIES)} of {len(kinds)} kinds")
    assert (len(DELIVERIES), len(kinds)) == (48, 12)
