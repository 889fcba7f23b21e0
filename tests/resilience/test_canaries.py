"""A canary in each marked field and in each credential: nothing that reports shows it."""

from __future__ import annotations

import functools
import json
import logging
from typing import Any

import pytest

from lkapi.auth import AccessToken, TokenVerifier
from lkapi.client import LiveKitAPI
from lkapi.errors import LiveKitError, RequestTimeoutError, TransportError
from lkapi.message import hide_personal
from lkapi.otel import OpenTelemetry
from lkapi.rpc.retry import without_waits
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Request, Response
from lkapi.webhook import WebhookReceiver, sign_webhook
from tests.message.test_message_redaction import all_classes
from tests.resilience.canaries import CANARY, MARKS, carriers, error_of, marked, planted, shown
from tests.resilience.recording_telemetry import Kept

KEY, SECRET = "devkey", "a-secret-that-is-long-enough-for-hs256"
PROTOBUF = {"content-type": "application/protobuf"}
FIELDS = [(mark, cls, name) for mark in MARKS for cls, name in marked(mark, all_classes())]
fields = pytest.mark.parametrize(
    ("mark", "cls", "name"), FIELDS, ids=[f"{c.__proto__}.{n}" for _, c, n in FIELDS]
)


class Failing:
    """A transport of both kinds that fails in turn in each way."""

    def __init__(self, answer: bytes = b"", text: str = "") -> None:
        self.outcomes: list[Any] = [
            TransportError("the connection broke"),
            RequestTimeoutError("no answer"),
            Response(503, {"content-type": "application/json"}, b'{"code":"unavailable"}'),
            Response(502, {"content-type": "text/html"}, b"<h1>no</h1>"),
            Response(200, PROTOBUF, answer + b"\xff\xff"),
            Response(200, PROTOBUF, answer[:-1] + b"\xff" if answer else b"\xff"),
            Response(200, {"content-type": "application/json"}, text.encode()),
            Response(200, {"content-type": "application/json"}, b"[" + text.encode()),
            Response(200, PROTOBUF, answer),
        ]
        self.left = list(self.outcomes)

    def send(self, request: Request) -> Response:
        outcome = self.left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def asend(self, request: Request) -> Response:
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.fixture
def _personal_hidden():
    hide_personal()
    yield
    hide_personal(False)


def report(caplog: pytest.LogCaptureFixture, row: Any, request: Any, transport: Failing) -> str:
    """Make calls until every way of failing was met; all that was told of them, as one text."""
    kept, told = Kept(), []
    watch = OpenTelemetry(tracer_provider=kept, meter_provider=kept)
    hooks = {f"on_{what}": told.append for what in ("request", "response", "retry")}
    api = SyncLiveKitAPI("ws://lk.test", KEY, SECRET, transport=transport, telemetry=watch, **hooks)
    parts: list[str] = []
    with without_waits(), api.record_calls() as records:
        while transport.left:
            error = error_of(functools.partial(api.call, row, request))
            if error is not None:
                parts += [shown(error), str(error)]
    logged = [record.getMessage() + str(record.args) for record in caplog.records]
    return "".join([*parts, kept.shown(), repr(told), repr(records), repr(api), *logged])


@pytest.mark.usefixtures("_personal_hidden")
@fields
def test_calls_tell_nothing_of_marked_fields(mark, cls, name, caplog):
    """In request or answer, whatever goes wrong: errors, tracebacks, logs, records, telemetry."""
    caplog.set_level(logging.DEBUG)
    for row, which, whole in carriers(cls, planted(cls, name)):
        caplog.clear()
        if which == "request":
            request, transport = whole, Failing()
        else:
            request, transport = row.request(), Failing(whole.to_bytes(), whole.to_json())
        text = report(caplog, row, request, transport)
        assert str(row) in text
        assert CANARY not in text


@fields
def test_without_the_switch_only_reprs_of_variables_show_personal_fields(mark, cls, name, caplog):
    """By default, too, errors, logs and telemetry hold nothing; secrets are nowhere at all."""
    caplog.set_level(logging.DEBUG)
    message = planted(cls, name)
    assert (CANARY in repr(message)) is (mark == "pii")
    for row, which, whole in list(carriers(cls, message))[:1]:
        answer = (b"", "") if which == "request" else (whole.to_bytes(), whole.to_json())
        request = whole if which == "request" else row.request()
        kept = Kept()
        watch = OpenTelemetry(tracer_provider=kept, meter_provider=kept)
        transport = Failing(*answer)
        api = SyncLiveKitAPI("ws://lk.test", KEY, SECRET, transport=transport, telemetry=watch)
        told: list[str] = []
        with without_waits():
            while transport.left:
                told += _told(error_of(functools.partial(api.call, row, request)), mark)
        logged = [record.getMessage() for record in caplog.records]
        assert CANARY not in "".join([*told, *logged, kept.shown()])


def _told(error: Exception | None, mark: str) -> list[str]:
    """What an error tells; of a secret's, also what its frames do."""
    if error is None:
        return []
    told = [str(error), repr(error), repr(vars(error))]
    return [*told, shown(error)] if mark == "secret" else told


@pytest.mark.usefixtures("_personal_hidden")
@fields
def test_wrong_values_beside_marked_fields_tell_nothing(mark, cls, name):
    """Misspelt neighbours, wrong types, broken bytes and JSON: no frame shows the canary."""
    good = planted(cls, name)
    value = getattr(good, name)
    attempts = [
        lambda: cls(**{name: value, "no_such_field": 1}),
        lambda: cls(**{name: [object(), CANARY]}),
        lambda: cls(**{name: CANARY + "\ud800"}),
        lambda: setattr(good, name, [object(), CANARY]),
        lambda: setattr(good, "no_such_field", CANARY),
        lambda: cls.from_bytes(good.to_bytes() + b"\xff"),
        lambda: cls.from_json(good.to_json() + "}"),
        lambda: cls.from_json('{"nothing": 1}', strict=True),
        lambda: cls.from_dict({name: [[CANARY]]}),
    ]
    errors = [error_of(attempt) for attempt in attempts]
    assert None not in errors
    assert not [error for error in errors if CANARY in shown(error)]


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind("ftp://lk.test", "key", CANARY),
        lambda kind: kind("wss://lk.test", "", CANARY),
        lambda kind: kind("wss://lk.test", "key", CANARY, token=CANARY),
        lambda kind: kind("wss://lk.test", token=f"{CANARY} {CANARY}"),
        lambda kind: kind(f"wss://user:{CANARY}@lk.test", "key", "secret"),
        lambda kind: kind(f"wss://lk.test?token={CANARY}", "key", "secret"),
        lambda kind: kind("wss://lk.test", "key", CANARY, timeout=-1),
        lambda kind: kind("wss://lk.test", "key", CANARY, proxy=f"ftp://user:{CANARY}@proxy.test"),
        lambda kind: kind("wss://lk.test", "key", CANARY, headers={"x-key": f"{CANARY}\n"}),
        lambda kind: kind("wss://lk.test", "key", CANARY, transport=object()),
    ],
)
@pytest.mark.parametrize("kind", [LiveKitAPI, SyncLiveKitAPI])
def test_clients_that_cannot_be_made_tell_nothing(kind, make):
    """Of the credentials that they were given."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make(kind)
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize(
    "work",
    [
        lambda: AccessToken("key", CANARY, ttl="soon"),
        lambda: AccessToken("key", CANARY, room_config={"egress": {"room": {"fileOutputs": 5}}}),
        lambda: AccessToken("key", CANARY).add_grant(room_join=True).to_jwt(),
        lambda: AccessToken("key", "x" * 32).with_room_config(
            {"egress": {"room": {"fileOutputs": [{"s3": {"secret": CANARY}}]}}}
        ),
        lambda: AccessToken("", CANARY),
        lambda: TokenVerifier("key", CANARY, leeway=-1),
        lambda: TokenVerifier("key", "x" * 32).verify(f"{CANARY}.{CANARY}.{CANARY}"),
        lambda: TokenVerifier("key", "x" * 32).verify(_token(CANARY)),
        lambda: WebhookReceiver(("key", "x" * 32)).receive(CANARY.encode(), _token(CANARY)),
        lambda: WebhookReceiver(("key", "x" * 32)).receive(f"{CANARY}".encode(), _signed(CANARY)),
        lambda: sign_webhook(object(), "key", CANARY),  # type: ignore[arg-type]
    ],
)
def test_tokens_and_webhooks_tell_nothing(work):
    """Of secrets, tokens and bodies, when something is wrong with them."""
    with pytest.raises((TypeError, ValueError, LiveKitError)) as caught:
        work()
    assert CANARY not in shown(caught.value)


def _token(part: str) -> str:
    """A good token of another key, its text a credential elsewhere."""
    return AccessToken("other", "y" * 32, identity=part, clock=lambda: 0.0).to_jwt()


def _signed(body: str) -> str:
    return sign_webhook(body, "key", "x" * 32)


def test_credentials_of_a_working_client_are_nowhere(caplog):
    """Secret, token, proxy password and header: in no repr, record or log line."""
    caplog.set_level(logging.DEBUG)
    transport = Failing()
    proxy = f"http://user:{CANARY}@proxy.test"
    api = SyncLiveKitAPI(
        "ws://lk.test", "key", CANARY, transport=transport, headers={"X-Key": CANARY}, proxy=proxy
    )
    with without_waits(), api.record_calls() as records:
        while transport.left:
            error = error_of(api.room.list_rooms)
            assert error is None or CANARY not in shown(error)
    channel = api._channel
    held = [api, vars(api), channel, vars(channel), channel.context, api._options, api.room]
    assert CANARY not in repr([held, records, [r.getMessage() for r in caplog.records]])


@pytest.mark.usefixtures("_personal_hidden")
@pytest.mark.parametrize("kind", [LiveKitAPI, SyncLiveKitAPI])
def test_keywords_of_methods_tell_nothing(kind):
    """A misspelt keyword beside a secret one, and a call that fails."""
    api = kind("ws://lk.test", KEY, SECRET, transport=Failing())
    calls = [
        lambda: api.ingress.create_ingress(participant_name=CANARY, no_such_field=CANARY),
        lambda: api.room.create_room(name=CANARY, metadata=[CANARY]),
        lambda: api.room.update_participant(room="r", identity="i", attributes={CANARY: CANARY}),
        lambda: api.connector.dial_whatsapp_call(whatsapp_api_key=CANARY),
    ]
    for call in calls:
        with without_waits():
            error = error_of(call)
        assert error is not None
        assert CANARY not in shown(error)


def test_counts(record_property, capsys):
    """How many fields carry a canary, and through how many methods they travel."""
    ways = sum(len(list(carriers(cls, planted(cls, name)))) for _, cls, name in FIELDS)
    record_property("canaries", len(FIELDS))
    assert len(FIELDS) == 113
    with capsys.disabled():
        print(f"\ncanaries: {len(FIELDS)} marked fields, {ways} ways through methods")


def test_masked_json_is_the_users_business():
    """``to_json`` and ``to_dict`` are for the wire: they hold everything."""
    for _, cls, name in FIELDS:
        message = planted(cls, name)
        if CANARY not in message.to_json():
            assert json.loads(message.to_json())
