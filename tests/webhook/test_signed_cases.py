"""The cases signed for tests: what is accepted, what is refused, and with which error."""

from __future__ import annotations

from typing import Any

import pytest

from lkapi.auth import TokenVerifier
from lkapi.errors import WebhookBodyError, WebhookError, WebhookHashError, WebhookTokenError
from lkapi.protocol.webhook import WebhookEvent
from lkapi.webhook import WebhookReceiver
from tests.webhook.recorded_webhooks import SIGNED, body_of

CASES = {case["name"]: case for case in SIGNED["cases"]}
STRIPPED = "bearer_prefix"
"""Refused by other receivers; lkapi takes the scheme word off, as W5 allows."""
ACCEPTED = [n for n, case in CASES.items() if case["expect"] == "accept"] + [STRIPPED]
REFUSED = [name for name in CASES if name not in ACCEPTED]

HASH = {
    "body_altered", "whitespace_added", "trailing_newline_added", "reserialised_sorted",
    "reserialised_ascii", "bom_added", "utf16", "body_empty", "hash_of_other_body",
    "sha256_missing", "sha256_empty", "sha256_null", "hash_hex", "hash_hex_base64",
    "hash_base64url", "hash_unpadded", "hash_extra_space", "hash_newline_inside",
    "hash_junk_characters", "hash_trailing_junk", "hash_truncated", "hash_lower_case",
    "hash_sha512", "hash_sha1",
}  # fmt: skip
BODY = {
    "body_empty_own_hash", "not_json", "json_array", "wrong_type", "invalid_utf8", "truncated_json",
}  # fmt: skip


def receiver() -> WebhookReceiver:
    clock = SIGNED["verify_at"]
    return WebhookReceiver(TokenVerifier(SIGNED["key"], SIGNED["secret"], clock=lambda: clock))


def receive(case: dict[str, Any]) -> WebhookEvent:
    return receiver().receive(body_of(case), case["authorization"])


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_cases_give_the_event_of_the_reference(name: str) -> None:
    """The event is what Go reads from the same body."""
    event = receive(CASES[name])
    assert event.to_dict() == CASES[name].get("event", event.to_dict())


@pytest.mark.parametrize("name", REFUSED)
def test_bad_cases_raise_the_right_error(name: str) -> None:
    """Each has its class: the token, the hash, or the body."""
    wanted = (
        WebhookHashError
        if name in HASH
        else WebhookBodyError
        if name in BODY
        else WebhookTokenError
    )
    with pytest.raises(WebhookError) as caught:
        receive(CASES[name])
    assert type(caught.value) is wanted
    token = CASES[name]["authorization"]
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(REFUSED) - BODY))
def test_nothing_is_parsed_before_it_is_believed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails at the token or the hash never reaches the parser."""

    def parsed(*_: object, **__: object) -> None:
        pytest.fail("the body was parsed")

    monkeypatch.setattr(WebhookEvent, "from_json", parsed)
    with pytest.raises(WebhookError):
        receive(CASES[name])


def test_count_of_signed_cases() -> None:
    """All 74 cases have an outcome: 31 accepted, 43 refused."""
    print(f"signed webhooks: {len(ACCEPTED)} accepted, {len(REFUSED)} refused")
    assert (len(ACCEPTED), len(REFUSED), len(CASES)) == (31, 43, 74)
    assert set(REFUSED) >= HASH | BODY
