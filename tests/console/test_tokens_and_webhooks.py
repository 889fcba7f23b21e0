"""The pages of tokens and of webhooks."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import time
from typing import ClassVar

import pytest

import lkapi
from lkapi.console.pages.tokens import GROUPS, _fields
from lkapi.webhook import sign_event, sign_webhook
from tests.call.scripted import serving
from tests.console.stages import KEY, SECRET, playing, text_of


def form_of(**grants: str) -> dict[str, str]:
    return {name.replace("__", "."): value for name, value in grants.items()}


def made_token(page) -> str:
    return page.text.partition("<code>")[2].partition("</code>")[0]


def test_every_grant_can_be_given(console):
    form = {"identity": "ann", "ttl": "10m", "attributes": "team=blue", "metadata": "m"}
    for keyword, _, inputs in _fields():
        for name, _, kind in inputs:
            form[name] = {"check": "on", "three": "yes", "text": "demo", "lines": "camera"}[kind]
        assert keyword
    page = console.post("/tokens/make", form)
    assert page.status_code == 200, page.text
    claims = lkapi.TokenVerifier(KEY, SECRET).verify(made_token(page))
    for keyword, _, kind in GROUPS:
        held = getattr(claims, keyword)
        assert all(getattr(held, field) for field, _ in kind.claim_names), keyword
    assert claims.attributes == {"team": "blue"}
    assert 590 <= claims.exp - time.time() <= 600


def test_the_claims_stand_beside_the_form(console):
    page = console.post(
        "/tokens/claims",
        form_of(identity="ann", video__room_join="on", video__room="demo", video__can_publish="no"),
    )
    text = text_of(page.text)
    assert '"canPublish": false' in text
    assert "(the API key)" in text
    assert 'lkapi.VideoGrants(room_join=True, room="demo", can_publish=False)' in text
    unfinished = console.post("/tokens/claims", form_of(video__room_join="on"))
    assert "needs an identity" in unfinished.text


@pytest.mark.parametrize(
    "form",
    [
        {"video.room_join": "on", "identity": "x"},
        {"ttl": "soon"},
        {"attributes": "nonsense"},
        {"kind": "nonsense"},
        {"room_config": "{"},
        {"video.can_publish_sources": "nonsense"},
    ],
)
def test_what_makes_no_token_is_said(console, form):
    page = console.post("/tokens/make", form)
    assert page.status_code == 422
    assert "cannot be made" in page.text


def test_python_of_a_token_makes_the_same(console):
    form = form_of(
        identity="ann", video__room_join="on", video__room="it's", sip__admin="on", ttl="5m",
        room_config='{"maxParticipants": 3, "agents": [{"agentName": "greeter"}]}',
    )  # fmt: skip
    code = text_of(console.post("/tokens/claims", form).text).partition("import lkapi")[2]
    names = {"lkapi": lkapi}
    exec(
        code.strip().replace("lkapi.AccessToken(", f'lkapi.AccessToken("{KEY}", "{SECRET}",'), names
    )
    claims = lkapi.TokenVerifier(KEY, SECRET).verify(names["token"])
    assert (claims.identity, claims.video.room, claims.sip.admin) == ("ann", "it's", True)
    assert claims.room_config_json == {"maxParticipants": 3, "agents": [{"agentName": "greeter"}]}


def test_a_secret_of_a_room_configuration_is_no_text_in_python(console):
    """It is read from the environment; what is not JSON makes no Python."""
    egress = '{"egress": {"room": {"fileOutputs": [{"s3": {"secret": "hunter2hunter2"}}]}}}'
    code = text_of(console.post("/tokens/claims", form_of(room_config=egress)).text)
    assert 'secret=os.environ["' in code
    assert "import os" in code
    unfinished = text_of(console.post("/tokens/claims", form_of(room_config="{")).text)
    assert "import lkapi" not in unfinished
    assert "room configuration: " in unfinished


def test_a_pasted_token_is_read_and_verified(console):
    def token(secret=SECRET, key=KEY, **more):
        grants = lkapi.VideoGrants(room_join=True, room="<b>demo")
        return lkapi.AccessToken(key, secret, identity="ann", grants=grants, **more).to_jwt()

    cases = {
        token(): ("signature is correct", "valid for"),
        token("another"): ("Refused", "valid for"),
        token(key="other"): ("another API key", "valid for"),
        token(clock=lambda: time.time() - 86400): ("Refused", "expired"),
        token(clock=lambda: time.time() + 86400): ("Refused", "is not valid for"),
    }
    for jwt, words in cases.items():
        page = console.post("/tokens/decode", {"token": f" Bearer {jwt} \n"})
        for word in words:
            assert word in page.text, (word, page.text)
        assert "<b>" not in page.text
        assert KEY not in page.text
    assert "not a token" in console.post("/tokens/decode", {"token": "x"}).text


def test_a_token_without_end_is_pointed_out(console):
    head = lkapi.AccessToken(KEY, SECRET).to_jwt().partition(".")[0]
    endless = base64.urlsafe_b64encode(b'{"iss": "devkey"}').decode().rstrip("=")
    page = console.post("/tokens/decode", {"token": f"{head}.{endless}.AAAA"})
    assert "It has no expiry, which no server accepts." in page.text


def test_a_console_with_a_token_verifies_no_token_and_no_delivery():
    with playing(api_key="", api_secret="", token="x.y.z") as player:
        token = lkapi.AccessToken(KEY, SECRET).to_jwt()
        decoded = player.post("/tokens/decode", {"token": token})
        assert "Not verified: this console has no key." in decoded.text
        assert "no API key to sign with" in player.post("/tokens/make", {"identity": "a"}).text
        checked = player.post("/webhooks/check", {"body": "{}", "token": token})
        assert "has no key to verify with" in checked.text
        player.app.console.hear(lkapi.WebhookEvent(event="room_started"))
        sent = player.post("/webhooks/replay", {"number": "1", "url": "http://127.0.0.1:1/"})
        assert sent.status_code == 422
        assert "has no key to sign with" in sent.text


def test_why_a_delivery_is_refused(console):
    event = lkapi.WebhookEvent(event="room_started", room=lkapi.Room(name="demo"))
    signed = sign_event(event, KEY, SECRET)
    body, token = signed.body.decode(), signed.authorization

    def check(body, token):
        return text_of(console.post("/webhooks/check", {"body": body, "token": token}).text)

    assert "a receiver accepts it" in check(body, token)
    assert "no Authorization header" in check(body, "")
    spaced = json.dumps(json.loads(body))
    assert "parsed and written again" in check(spaced, token)
    assert "added at the end" in check(body + "\n", token)
    assert "The body is refused" in check(body + "x", token)
    assert "The token is refused" in check(body, token[:-4] + "AAAA")
    old = sign_event(event, KEY, SECRET, clock=lambda: time.time() - 9999)
    assert "the token expired" in check(body, old.authorization)
    nonsense = check("[]", sign_webhook(b"[]", KEY, SECRET))
    assert "Token and body match." in nonsense
    assert "a receiver accepts it" not in nonsense


class _Receiver(http.server.BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[bytes, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((body, self.headers["authorization"]))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_an_event_is_replayed_to_a_url(dev):
    dev.do("world.join", room="demo", identity="ann")
    number = next(
        one.number for one in dev.app.console.heard if one.event.event == "participant_joined"
    )
    page = dev.get("/webhooks/event", number=str(number))
    assert "Replay" in page.text
    server = http.server.HTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.handle_request, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    done = dev.post("/webhooks/replay", {"number": str(number), "url": url})
    server.server_close()
    assert "responded with status 202" in done.text
    body, token = _Receiver.got.pop()
    receiver = lkapi.WebhookReceiver(lkapi.TokenVerifier(KEY, SECRET))
    assert receiver.receive(body, token).participant.identity == "ann"
    for bad in ("", "ftp://x/", "http:///x", "javascript:alert(1)"):
        assert dev.post("/webhooks/replay", {"number": str(number), "url": bad}).status_code == 422
    nobody = dev.post("/webhooks/replay", {"number": str(number), "url": url})
    assert nobody.status_code == 502
    with serving(lambda sock: sock.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")) as other:
        strange = dev.post("/webhooks/replay", {"number": str(number), "url": other.url})
    assert strange.status_code == 502
    assert "is not HTTP" in strange.text
    assert dev.post("/webhooks/replay", {"number": "999", "url": url}).status_code == 404


def test_the_feed_is_filtered(dev):
    dev.do("world.join", room="demo", identity="ann")
    assert "participant_joined" in dev.part("/webhooks", "feed").text
    only = dev.part("/webhooks", "feed", event="room_started").text
    assert "participant_joined" not in only
    assert dev.get("/webhooks/event", number="999").status_code == 404
