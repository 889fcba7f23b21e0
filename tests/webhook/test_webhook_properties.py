"""Properties of receiving: each change is refused, and nothing but a WebhookError comes out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from lkapi.errors import WebhookBodyError, WebhookError
from lkapi.webhook import WebhookReceiver, WebhookVerifier, sign_webhook
from tests.webhook.recorded_webhooks import body_of, recorded

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
RECEIVER = WebhookReceiver(WebhookVerifier(KEY, SECRET, clock=lambda: 1_000.0))
BODIES = [body_of(delivery) for _, delivery in recorded()]


def token(body: bytes) -> str:
    return sign_webhook(body, KEY, SECRET, clock=lambda: 1_000.0)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BODIES), st.data())
def test_each_changed_byte_of_a_body_is_refused(body: bytes, data: st.DataObject) -> None:
    """Replacing, removing or adding one byte anywhere is noticed."""
    position = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != body[position]))
    before, after = body[:position], body[position + 1 :]
    for changed in (
        before + bytes([byte]) + after,
        before + after,
        before + bytes([byte]) + body[position:],
    ):
        if changed != body:
            with pytest.raises(WebhookError):
                RECEIVER.receive(changed, token(body))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_changed_byte_of_a_token_is_refused(data: st.DataObject) -> None:
    """The token can no more be changed than the body."""
    body = BODIES[0]
    good = token(body).encode()
    position = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[position]))
    with pytest.raises(WebhookError):
        RECEIVER.receive(body, good[:position] + bytes([byte]) + good[position + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200) | st.text(max_size=100))
def test_random_deliveries_raise_only_webhook_errors(body: bytes, header: bytes | str) -> None:
    """Garbage is refused in the one family of errors."""
    with pytest.raises(WebhookError):
        RECEIVER.receive(body, header)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_signed_garbage_is_a_body_error(body: bytes) -> None:
    """A body that is signed but is no event is a WebhookBodyError, whatever it is."""
    try:
        RECEIVER.receive(body, token(body))
    except WebhookBodyError:
        return
    assert body.strip().startswith(b"{")
