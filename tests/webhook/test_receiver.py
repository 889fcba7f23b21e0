"""The receiver: forms of body and header, keys, and what it says when it refuses."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest

from lkapi.auth import AccessToken, TokenVerifier, VideoGrants
from lkapi.errors import (
    SettingsError,
    TokenExpiredError,
    UnknownAPIKeyError,
    WebhookBodyError,
    WebhookError,
    WebhookHashError,
    WebhookTokenError,
)
from lkapi.protocol.models import ParticipantInfo
from lkapi.webhook import (
    WebhookEvent,
    WebhookReceiver,
    WebhookVerifier,
    sign_event,
    sign_webhook,
)
from tests.tracebacks import show_locals

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
BODY = json.dumps({"event": "room_started", "room": {"name": "ü"}, "id": "EV_1"}).encode()


def now() -> float:
    return 1_800_000_000.0


def token(body: bytes | str = BODY, key: str = KEY, secret: str = SECRET) -> str:
    return sign_webhook(body, key, secret, clock=now)


def receiver() -> WebhookReceiver:
    return WebhookReceiver(WebhookVerifier(KEY, SECRET, clock=now))


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode])
def test_forms_of_the_body(form: Any) -> None:
    """Bytes in any form and text are taken."""
    assert receiver().receive(form(BODY), token()).room.name == "ü"


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
@pytest.mark.parametrize("form", [str, str.encode])
def test_forms_of_the_header(prefix: str, form: Any) -> None:
    """The bare token as LiveKit sends it, or after Bearer; text, or bytes as in ASGI."""
    assert receiver().receive(BODY, form(prefix + token())).id == "EV_1"


def test_dropping_in_for_livekit_api() -> None:
    """The construction of livekit-api works, and reads the same event."""
    livekit_api = pytest.importorskip("livekit.api")
    body, auth = BODY.decode(), sign_webhook(BODY, KEY, SECRET)
    ours = WebhookReceiver(TokenVerifier(KEY, SECRET)).receive(body, auth)
    theirs = livekit_api.WebhookReceiver(livekit_api.TokenVerifier(KEY, SECRET)).receive(body, auth)
    assert ours.to_bytes() == theirs.SerializeToString()


def test_ways_to_give_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair, a mapping, a function and the environment are as good as a verifier."""
    monkeypatch.setenv("LIVEKIT_API_KEY", KEY)
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)
    fresh = sign_webhook(BODY, KEY, SECRET)
    for keys in ((KEY, SECRET), {KEY: SECRET}, {KEY: SECRET}.get, None):
        assert WebhookReceiver(keys).receive(BODY, fresh).id == "EV_1"
    monkeypatch.delenv("LIVEKIT_API_SECRET")
    with pytest.raises(SettingsError, match="LIVEKIT_API_SECRET"):
        WebhookReceiver()


def test_key_rotation_and_keys_of_egresses() -> None:
    """Several keys, and two secrets of one key, are chosen by what the token names."""
    keys = {KEY: [SECRET, "the-new-secret"], "egresskey": "another-secret"}
    many = WebhookReceiver(WebhookVerifier(keys=keys, clock=now))
    for key, secret in ((KEY, SECRET), (KEY, "the-new-secret"), ("egresskey", "another-secret")):
        assert many.receive_delivery(BODY, token(key=key, secret=secret)).claims.iss == key
    with pytest.raises(WebhookTokenError, match="stranger") as caught:
        many.receive(BODY, token(key="stranger"))
    assert isinstance(caught.value.__cause__, UnknownAPIKeyError)


@pytest.mark.parametrize("parsed", [{"event": "x"}, [], None, 5], ids=repr)
def test_parsed_bodies_are_refused_with_the_way_out(parsed: Any) -> None:
    """The message names the raw body of each framework."""
    with pytest.raises(WebhookBodyError) as caught:
        receiver().receive(parsed, token())
    for way in ("request.get_data()", "request.body in Django", "await request.body()", "read()"):
        assert way in str(caught.value)


def test_changed_bodies_are_refused_with_the_way_out() -> None:
    """A body that a framework parsed and wrote again is the usual cause; the message says so."""
    with pytest.raises(WebhookHashError, match="get_data"):
        receiver().receive(json.dumps(json.loads(BODY), indent=1), token())
    with pytest.raises(WebhookHashError, match="0 bytes"):
        receiver().receive(b"", token())
    with pytest.raises(WebhookHashError):
        receiver().receive("\ud800", token())


@pytest.mark.parametrize("header", [None, "", b""])
def test_a_missing_header_is_told(header: Any) -> None:
    """No header is told apart from a bad one."""
    with pytest.raises(WebhookTokenError, match="no Authorization header"):
        receiver().receive(BODY, header)


@pytest.mark.parametrize(
    "header", ["Bearer ", "nonsense", "Bearer Bearer x.y.z", 5, ["x"], b"\xff"]
)
def test_bad_headers_are_refused(header: Any) -> None:
    """Whatever stands in the header, the error is the webhook's own."""
    with pytest.raises(WebhookTokenError):
        receiver().receive(BODY, header)


@pytest.mark.parametrize("header", ["garbage", BODY.decode()], ids=["garbage", "the body"])
def test_what_is_no_token_is_told_what_to_pass(header: str) -> None:
    """Body and header are easily swapped."""
    with pytest.raises(WebhookTokenError, match="pass the Authorization header"):
        receiver().receive(BODY, header)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (KEY, "cannot verify with a str"),
        ([KEY, SECRET], "cannot verify with a list"),
        ((KEY,), "a tuple of 1"),
        ((KEY, SECRET, SECRET), "a tuple of 3"),
    ],
)
def test_a_verifier_of_another_form_is_told_which_there_are(given: Any, told: str) -> None:
    """When the receiver is made, without what was given: it may hold the secret."""
    with pytest.raises(SettingsError, match=rf"{told}.*: pass \(api_key, api_secret\)") as caught:
        WebhookReceiver(given)
    assert SECRET not in str(caught.value)


def test_an_access_token_opens_no_webhook() -> None:
    """A participant cannot pass off its own token as LiveKit's."""
    stolen = AccessToken(KEY, SECRET, identity="eve", clock=now).with_grants(
        VideoGrants(room_join=True, room="demo")
    )
    with pytest.raises(WebhookHashError, match="does not sign a body"):
        receiver().receive(BODY, stolen.to_jwt())


def test_no_frame_of_a_refusal_holds_a_token_or_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools that print the local variables of each frame see neither."""
    signed, junk = token(), b"[1]"
    refusals = {
        "secret": lambda: WebhookReceiver(
            WebhookVerifier(KEY, "another-secret-" + "0" * 20, clock=now)
        ).receive(BODY, signed),
        "hash": lambda: receiver().receive(BODY + b" ", signed),
        "delivery": lambda: receiver().receive_delivery(BODY + b" ", signed),
        "verifier": lambda: WebhookVerifier(KEY, SECRET, clock=now).verify(junk, signed),
        "junk": lambda: receiver().receive(junk, token(junk)),
        "settings": lambda: WebhookVerifier(KEY, SECRET, leeway=-1),
        "key": lambda: WebhookReceiver(("", SECRET)),
        "signer": lambda: sign_webhook(BODY, "", SECRET),
        "event": lambda: sign_event(WebhookEvent(event="x"), "", SECRET),
    }
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    for refused in refusals.values():
        with pytest.raises((WebhookError, SettingsError)) as caught:
            refused()
        shown = show_locals(caught.value)
        for hidden in (signed, token(junk), SECRET, "another-secret"):
            assert hidden.rpartition(".")[2] not in shown


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [("", SECRET, "api_key"), (KEY, "", "api_secret"), (KEY, "\ud800", "api_secret")],
)
def test_nothing_is_signed_with_an_empty_key_or_secret(key: str, secret: str, told: str) -> None:
    """Anybody could make such a signature."""
    with pytest.raises(SettingsError, match=told):
        sign_webhook(BODY, key, secret)


def test_a_signed_webhook_does_not_show_its_token() -> None:
    """It can be sent again as long as it is valid."""
    signed = sign_event(WebhookEvent(event="room_started", id="EV_1"), KEY, SECRET)
    assert signed.authorization not in repr(signed)
    assert WebhookReceiver((KEY, SECRET)).receive(signed.body, signed.authorization).id == "EV_1"


@pytest.mark.parametrize(("age", "accepted"), [(359.9, True), (360, False)])
def test_a_delivery_is_valid_for_six_minutes(age: float, accepted: bool) -> None:
    """Five that LiveKit gives it, and one because clocks differ."""
    verifier = WebhookVerifier(KEY, SECRET, clock=lambda: now() + age)
    with nullcontext() if accepted else pytest.raises(WebhookTokenError, match="expired"):
        verifier.verify(BODY, token())


def test_old_deliveries_are_refused() -> None:
    """Five minutes and the leeway after it was signed, a delivery is too old."""
    late = WebhookReceiver(WebhookVerifier(KEY, SECRET, clock=lambda: now() + 361))
    with pytest.raises(WebhookTokenError) as caught:
        late.receive(BODY, token())
    assert isinstance(caught.value.__cause__, TokenExpiredError)
    assert WebhookVerifier(KEY, SECRET, leeway=600, clock=lambda: now() + 361).verify(BODY, token())


def test_news_does_not_disturb() -> None:
    """Unknown events, members, enum names and numbers are read past; the JSON keeps them."""
    body = json.dumps(
        {
            "event": "room_levitated",
            "height": {"metres": 3},
            "participant": {"kind": "GHOST", "state": 77, "aura": "blue"},
            "roomEndReason": "LEVITATION",
        }
    )
    got = receiver().receive_delivery(body, token(body))
    assert got.event.event == "room_levitated"
    assert got.event.participant == ParticipantInfo(state=77)
    assert got.raw["height"] == {"metres": 3}
    assert got.raw["participant"]["aura"] == "blue"
    assert "aura" not in repr(got)
