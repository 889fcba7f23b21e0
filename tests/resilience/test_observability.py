"""What can be watched of calls: spans, metrics, hooks, records and log lines, for both clients."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.devserver import DevServer, InProcessTransport, World, WorldConfig
from lkapi.otel import OpenTelemetry
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import NO_RETRY, without_waits
from lkapi.sync import SyncLiveKitAPI
from tests.resilience.recording_telemetry import Kept

KEY, SECRET = "devkey", "secret"
faces = pytest.mark.parametrize("face", ["async", "sync"])
REGIONS = ("http://a.lk.test", "http://b.lk.test:8080")
CLOUD = Failover(domains=("lk.test",), insecure=True)


@pytest.fixture(autouse=True)
def _no_waits():
    with without_waits():
        yield


@pytest.fixture
def server() -> DevServer:
    return DevServer(World(config=WorldConfig(profile="cloud", regions=REGIONS)))


@pytest.fixture
def kept() -> Kept:
    return Kept()


def call(face: str, server: DevServer, work: Any, url: str = REGIONS[0], **options: Any) -> Any:
    """What ``work(api)`` gives, or the error that it ends with."""
    options = {"transport": InProcessTransport(server), "failover": CLOUD, **options}
    try:
        if face == "sync":
            with SyncLiveKitAPI(url, KEY, SECRET, **options) as api:
                return work(api)
        return asyncio.run(_acall(url, work, options))
    except errors.LiveKitError as error:
        return error


async def _acall(url: str, work: Any, options: dict[str, Any]) -> Any:
    async with LiveKitAPI(url, KEY, SECRET, **options) as api:
        return await work(api)


def create(api: Any) -> Any:
    return api.room.create_room(name="demo")


def telemetry(kept: Kept) -> OpenTelemetry:
    return OpenTelemetry(tracer_provider=kept, meter_provider=kept)


@faces
def test_a_call_is_a_span_with_its_attempts_inside(face, server, kept):
    """By the names of the conventions; the server of the second region served."""
    server.faults.fail_once(method="CreateRoom", status=503)
    call(face, server, create, telemetry=telemetry(kept))
    whole, first, second = kept.spans
    request_id = whole.attributes.pop("livekit.request_id")
    assert whole.name == "livekit.RoomService/CreateRoom"
    assert whole.attributes == {
        "rpc.system.name": "twirp",
        "rpc.method": "livekit.RoomService/CreateRoom",
        "server.address": "a.lk.test",
        "server.port": 80,
        "livekit.attempts": 2,
    }
    assert request_id == server.faults.seen[-1].request_id
    assert first.attributes == {
        "http.request.method": "POST",
        "url.full": "http://a.lk.test/twirp/livekit.RoomService/CreateRoom",
        "server.address": "a.lk.test",
        "server.port": 80,
        "http.response.status_code": 503,
        "error.type": "503",
    }
    assert second.attributes == {
        "http.request.method": "POST",
        "url.full": "http://b.lk.test:8080/twirp/livekit.RoomService/CreateRoom",
        "server.address": "b.lk.test",
        "server.port": 8080,
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
    }
    assert [span.status for span in kept.spans] == [None, (StatusCode.ERROR, None), None]
    assert {span.kind for span in kept.spans} == {SpanKind.CLIENT}
    assert [span.parent for span in kept.spans] == [None, whole, whole]
    assert all(span.ended and not span.events for span in kept.spans)


@faces
def test_calls_are_measured_in_seconds(face, server, kept):
    """One measurement per call, with few and low-cardinality attributes."""
    call(face, server, create, telemetry=telemetry(kept))
    call(face, server, lambda api: api.room.delete_room(room="x"), telemetry=telemetry(kept))
    names = {(h.name, h.options["unit"]) for h in kept.meter.histograms}
    assert names == {("rpc.client.call.duration", "s")}
    (good, known), (bad, failed) = kept.measured
    assert 0 < good < 60
    assert 0 < bad < 60
    assert set(known) == {"rpc.system.name", "rpc.method", "server.address", "server.port"}
    assert failed["rpc.response.status_code"] == failed["error.type"] == "not_found"


@faces
@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ({"drop": "before"}, "lkapi.errors.TransportError", None),
        ({"drop": "connect"}, "lkapi.errors.ConnectError", None),
        ({"status": 400, "code": "invalid_argument"}, "invalid_argument", "invalid_argument"),
    ],
)
def test_failures_name_their_type(face, server, kept, fault, kind, status):
    """The class, or the server's code; never the text, which is the server's."""
    server.faults.fail(method="CreateRoom", message="words of the server", **fault)
    error = call(face, server, create, telemetry=telemetry(kept), retry=NO_RETRY)
    assert isinstance(error, errors.LiveKitError)
    whole, attempt = kept.spans
    assert whole.attributes["error.type"] == kind
    assert whole.attributes.get("rpc.response.status_code") == status
    assert whole.status == attempt.status == (StatusCode.ERROR, None)
    assert attempt.attributes["error.type"] == (kind if status is None else "400")
    assert "words of the server" not in kept.shown()


def test_a_cancelled_call_ends_its_spans(server, kept):
    """With the cancellation as the type."""

    async def work() -> None:
        server.faults.fail(delay=30.0)
        begun = asyncio.Event()
        api = LiveKitAPI(
            REGIONS[0],
            KEY,
            SECRET,
            transport=InProcessTransport(server),
            telemetry=telemetry(kept),
            on_request=lambda _: begun.set(),
        )
        task = asyncio.create_task(api.room.create_room(name="demo"))
        await begun.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert {span.attributes["error.type"] for span in kept.spans} == {
        "asyncio.exceptions.CancelledError"
    }
    assert all(span.ended for span in kept.spans)
    assert len(kept.measured) == 1


@faces
def test_copies_and_services_share_the_telemetry(face, server, kept):
    """Also with hooks beside it."""
    seen: list[str] = []

    def work(api: Any) -> Any:
        return api.with_options(timeout=5).room.list_rooms()

    call(face, server, work, telemetry=telemetry(kept), on_request=lambda i: seen.append(i.verb))
    call(face, server, lambda api: api.phone_number.list_phone_numbers(), telemetry=telemetry(kept))
    assert [span.name for span in kept.spans[::2]] == [
        "livekit.RoomService/ListRooms",
        "livekit.PhoneNumberService/ListPhoneNumbers",
    ]
    assert seen == ["POST"]


@faces
def test_records_and_spans_agree(face, server, kept):
    """``record_calls`` works beside telemetry, and the outcome is noted once."""
    server.faults.fail_once(method="CreateRoom", status=500)
    records: list[Any] = []

    if face == "sync":

        def work(api: Any) -> Any:
            with api.record_calls() as calls:
                made = api.room.create_room(name="demo")
            records.extend(calls)
            return made

    else:

        async def work(api: Any) -> Any:
            with api.record_calls() as calls:
                made = await api.room.create_room(name="demo")
            records.extend(calls)
            return made

    call(face, server, work, telemetry=telemetry(kept))
    (record,) = records
    outcomes = [attempt.outcome for attempt in record.attempts]
    assert outcomes == ["HTTP 500 unknown", "HTTP 200"]
    assert kept.spans[0].attributes["livekit.attempts"] == 2


@faces
def test_logs_tell_of_retries_and_at_debug_of_attempts(face, server, caplog):
    """A warning with the request id for each retry; nothing at all for a call that succeeds."""
    caplog.set_level(logging.INFO, logger="lkapi")
    call(face, server, create)
    assert not caplog.records
    server.faults.fail_once(method="CreateRoom", status=503)
    call(face, server, create)
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert server.faults.seen[-1].request_id in warning.getMessage()
    caplog.clear()
    caplog.set_level(logging.DEBUG, logger="lkapi")
    call(face, server, create)
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_a_missing_package_is_named():
    """Without OpenTelemetry the import says what to install."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    import lkapi.otel\n"
        "except Exception as error:\n    print(type(error).__name__, error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("SettingsError lkapi.otel needs OpenTelemetry: pip install")
