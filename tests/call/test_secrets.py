"""No credential shows in anything that is printed, logged or raised while calls are made."""

from __future__ import annotations

import json
import logging
import re
import urllib.parse

import pytest

from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError
from lkapi.rpc.retry import without_waits
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Response
from tests.call.faces import SECRET, create, every_face, run
from tests.call.plans import GOOD
from tests.call.scripted import answer, reset, serving, truncated
from tests.tracebacks import PACKAGE, show_locals

ECHO = "invalid token: {token}, error: expired"


def shown(error: BaseException) -> str:
    """Everything that a careful logger could get out of an error, local variables included."""
    told = show_locals(error)
    assert told.count(f'File "{PACKAGE}') > 3
    return told + repr(error) + repr(vars(error))


@every_face
@pytest.mark.parametrize(
    "script",
    [
        reset,
        truncated,
        answer("401 Unauthorized", b"\0echo\0", "text/plain"),
        answer("503 X", b'{"code":"unavailable","msg":"\0echo\0"}', "application/json"),
        answer("500 X", b'{"code":"internal","meta":{"cause":"\0echo\0"}}', "application/json"),
        answer(body=b"<html>\0echo\0", kind="text/html"),
        b"SSH-2.0 \0echo\0\r\n\r\n",
    ],
    ids=["reset", "cut off", "401", "503", "meta", "html", "no http"],
)
def test_a_token_that_the_server_repeats_does_not_show(face, script, caplog):
    """In texts, attributes, logs and tracebacks with local variables."""
    caplog.set_level(logging.DEBUG)
    tokens: list[str] = []

    def echo(sock):
        head = server.requests[-1].decode("latin-1")
        token = head.split("Bearer ")[1].split("\r\n")[0]
        tokens.append(token)
        body = script.replace(b"\0echo\0", token.encode())
        start, _, rest = body.partition(b"\r\n\r\n")
        lines = [line for line in start.split(b"\r\n") if not line.startswith(b"Content-Length")]
        if lines[0].startswith(b"HTTP"):
            lines.append(b"Content-Length: %d" % len(rest))
        sock.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
        sock.close()

    with serving(script if callable(script) else echo) as server, without_waits():
        with pytest.raises(LiveKitError) as caught:
            run(face, server.url, create)
        tokens += [
            part.split(b"\r\n")[0].decode()
            for request in server.requests
            for part in request.split(b"Bearer ")[1:]
        ]
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("lkapi"))
    for text in (shown(caught.value), logged):
        assert SECRET not in text
        assert tokens
        for token in tokens:
            assert token not in text
            assert token.rpartition(".")[2] not in text


SPELLINGS = {
    "quoted": lambda token: urllib.parse.quote(token, safe=""),
    "percent": lambda token: token.replace(".", "%2E").replace("-", "%2D").replace("_", "%5f"),
    "entities": lambda token: token.replace(".", "&#46;").replace("-", "&#45;"),
    "json": lambda token: token.replace(".", "\\u002e").replace("-", "\\u002D"),
    "escaped": lambda token: token.replace(".", "\\."),
    "apart": lambda token: token.replace(".", " . "),
    "lines": lambda token: "\n".join(token[at : at + 20] for at in range(0, len(token), 20)),
    "escaped lines": lambda token: token[:-20] + "\\n" + token[-20:],
    "segments": lambda token: repr(token.split(".")),
    "end": lambda token: token.rpartition(".")[2],
    "loud": lambda token: f"BEARER {token}",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("given", [{}, {"token": "opaque-token_0123456789"}], ids=["jwt", "opaque"])
@pytest.mark.parametrize("where", ["text", "twirp", "header", "redirect", "page", "kind"])
def test_a_token_does_not_show_in_whatever_spelling_it_is_repeated(where, given, spell):
    """The call knows its token, so it need not guess what one looks like."""

    class Echo(Keeping):
        def send(self, request):
            token = request.headers["authorization"].partition(" ")[2]
            self.seen.append(token)
            told = spell(token)
            error = {"code": "unauthenticated", "msg": told, "meta": {told: told}}
            return {
                "text": Response(401, {"content-type": "text/plain"}, told.encode()),
                "twirp": Response(401, {}, json.dumps(error).encode()),
                "header": Response(404, {"x-seen": told, "www-authenticate": told}),
                "redirect": Response(302, {"location": f"http://x/?t={told}"}),
                "page": Response(200, {"content-type": "text/html"}, told.encode()),
                "kind": Response(200, {"content-type": f"text/{told}"}),
            }[where]

    echo = Echo()
    credentials = given or {"api_key": "devkey", "api_secret": SECRET}
    api = SyncLiveKitAPI("localhost", transport=echo, **credentials)
    with pytest.raises(LiveKitError) as caught, api.record_calls() as calls:
        api.room.create_room(name="x")
    text = shown(caught.value) + repr(calls)
    secret = echo.seen[0].rpartition(".")[2]
    assert secret not in text
    plain = re.sub(r"(?i)\\+n|[\s\"',]", "", urllib.parse.unquote(text))
    assert secret not in plain.replace("\\u002D", "-").replace("&#45;", "-")


@every_face
def test_the_value_of_an_extra_header_does_not_show(face):
    """A proxy in front of the server may want a key of its own."""
    headers = {"x-proxy-key": "opaque-key_0123456789"}
    api = SyncLiveKitAPI("localhost", "devkey", SECRET, headers=headers)
    assert "0123456789" not in repr([api, vars(api)])
    with serving(answer("401 Unauthorized", b"no", "text/plain")) as server:
        with pytest.raises(LiveKitError) as caught:
            run(face, server.url, create, headers=headers)
        assert b"opaque-key_0123456789" in server.requests[0]
    assert "0123456789" not in shown(caught.value)


class Keeping:
    """Answers well and keeps the requests."""

    def __init__(self) -> None:
        self.seen = []

    def send(self, request):
        self.seen.append(request)
        return GOOD

    async def asend(self, request):
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def test_a_token_made_elsewhere_is_sent_as_it_is(monkeypatch):
    """From ``token=``, ``with_token`` and the environment; nothing is signed."""
    keeping = Keeping()
    SyncLiveKitAPI("localhost", token="a.b.c", transport=keeping).room.create_room(name="x")
    SyncLiveKitAPI.with_token("d.e.f", "localhost", transport=keeping).room.create_room(name="x")
    monkeypatch.setenv("LIVEKIT_URL", "ws://lk.example")
    monkeypatch.setenv("LIVEKIT_TOKEN", "g.h.i")
    api = SyncLiveKitAPI(transport=keeping)
    api.room.create_room(name="x")
    sent = [request.headers["authorization"] for request in keeping.seen]
    assert sent == ["Bearer a.b.c", "Bearer d.e.f", "Bearer g.h.i"]
    assert keeping.seen[-1].url.startswith("http://lk.example/")
    for client in (api, LiveKitAPI.with_token("a.b.c", "localhost")):
        assert "g.h.i" not in repr([client, vars(client), client._channel.context])


def test_api_tokens_live_minutes_and_are_replaced_in_time():
    """Half of their life before they end, and longer for a longer call."""
    from lkapi.methods.info import Needs
    from lkapi.rpc.tokens import TokenSource
    from lkapi.settings import APIKey

    now = [1_000_000.0]
    source = TokenSource(APIKey("devkey", SECRET), lambda: now[0])
    needs = Needs.of(video={"roomList": True})

    def claims(header):
        import base64

        part = header.removeprefix("Bearer ").split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    first = source.authorization(needs, 10)
    assert claims(first) == {
        "iss": "devkey",
        "nbf": 999_990,
        "exp": 1_000_600,
        "video": {"roomList": True},
    }
    now[0] += 299
    assert source.authorization(needs, 10) is first
    assert source.authorization(Needs.of(video={"roomList": True}), 10) is first
    now[0] += 2
    assert source.authorization(needs, 10) != first
    assert claims(source.authorization(needs, 3600))["exp"] - now[0] > 3600
    for number in range(5000):
        source.authorization(Needs.of(video={"room": str(number)}), 10)
    assert len(source._cache) <= 4096
