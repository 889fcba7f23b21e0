"""Both drivers over a transport that follows a script: waiting, moving, coalescing, recording."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from typing import Any

import attrs
import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.methods.info import Idempotency
from lkapi.protocol.room import CreateRoomRequest
from lkapi.rpc.observe import Hooks
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import NO_RETRY, RetryPolicy, without_waits
from lkapi.sync import SyncLiveKitAPI
from lkapi.transports.base import Request, Response
from tests.call.faces import KEY, SECRET
from tests.call.plans import GOOD, refusal, row

CLOUD = "wss://demo.livekit.cloud"
faces = pytest.mark.parametrize("face", ["async", "sync"])


class Scripted:
    """A transport for both clients: answers by host, and by path for the region list."""

    def __init__(self, regions: list[str] | None = None, max_age: int = 60, **hosts: Any) -> None:
        self.hosts = {name.replace("_", "."): answer for name, answer in hosts.items()}
        self.regions = regions
        self.max_age = max_age
        self.discovery_status = 200
        self.delay = 0.0
        self.seen: list[Request] = []
        self.discoveries = 0
        self._lock = threading.Lock()

    def _answer(self, request: Request) -> Response:
        host = request.url.split("/")[2]
        if request.method == "GET":
            self.discoveries += 1
            if self.regions is None:
                raise errors.TransportError("no regions here")
            body = {"regions": [{"url": url} for url in self.regions]}
            return Response(
                self.discovery_status,
                {"cache-control": f"max-age={self.max_age}"},
                json.dumps(body).encode(),
            )
        self.seen.append(request)
        answer = self.hosts.get(host, GOOD)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, request: Request) -> Response:
        with self._lock:
            answer = self._answer(request)
        if request.method == "GET" and self.delay:
            time.sleep(min(self.delay, request.timeout))
        return answer

    async def asend(self, request: Request) -> Response:
        if request.method == "GET" and self.delay:
            await asyncio.sleep(min(self.delay, request.timeout))
        return self._answer(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...

    @property
    def went_to(self) -> list[str]:
        return [request.url.split("/")[2] for request in self.seen]


@pytest.fixture(autouse=True)
def _no_waits():
    with without_waits():
        yield


def call(face: str, transport: Scripted, url: str = CLOUD, times: int = 1, **options: Any) -> Any:
    """Make calls with one client; what the last one returned."""
    kind = options.pop("kind", Idempotency.SAFE)
    method, request = row(kind), CreateRoomRequest(name="demo")
    if face == "sync":
        with SyncLiveKitAPI(url, KEY, SECRET, transport=transport, **options) as api:
            return [api.call(method, request) for _ in range(times)][-1]

    async def work() -> Any:
        async with LiveKitAPI(url, KEY, SECRET, transport=transport, **options) as api:
            return [await api.call(method, request) for _ in range(times)][-1]

    return asyncio.run(work())


@faces
def test_a_healthy_server_is_asked_once(face):
    """And no region list is read."""
    transport = Scripted()
    assert call(face, transport).sid == "RM_1"
    assert (transport.went_to, transport.discoveries) == (["demo.livekit.cloud"], 0)


@faces
def test_a_call_moves_through_the_regions(face):
    """Primary and first region down: the second serves."""
    transport = Scripted(
        ["wss://a.livekit.cloud", "wss://evil.example.com", "wss://b.livekit.cloud"],
        demo_livekit_cloud=refusal(503),
        a_livekit_cloud=errors.ConnectError("refused"),
    )
    assert call(face, transport).sid == "RM_1"
    assert transport.went_to == ["demo.livekit.cloud", "a.livekit.cloud", "b.livekit.cloud"]


@faces
def test_all_regions_down_is_the_last_error_with_every_attempt(face):
    """Three attempts, each listed."""
    transport = Scripted(
        ["wss://a.livekit.cloud", "wss://b.livekit.cloud"],
        demo_livekit_cloud=refusal(503),
        a_livekit_cloud=refusal(500),
        b_livekit_cloud=errors.ConnectError("refused"),
    )
    with pytest.raises(errors.ConnectError) as caught:
        call(face, transport)
    assert [attempt.origin for attempt in caught.value.attempts] == [
        "https://demo.livekit.cloud",
        "https://a.livekit.cloud",
        "https://b.livekit.cloud",
    ]


@faces
def test_a_4xx_is_not_repeated(face):
    """Nor does it look for regions."""
    transport = Scripted([], demo_livekit_cloud=refusal(400, "invalid_argument"))
    with pytest.raises(errors.InvalidArgumentError):
        call(face, transport)
    assert (len(transport.seen), transport.discoveries) == (1, 0)


@faces
def test_without_regions_the_same_host_is_tried_again(face):
    """When discovery fails, and when the list has nothing new."""
    for regions in (None, ["wss://demo.livekit.cloud"], ["wss://evil.example.com"]):
        transport = Scripted(regions, demo_livekit_cloud=[refusal(503), refusal(503), GOOD])
        assert call(face, transport).sid == "RM_1"
        assert transport.went_to == ["demo.livekit.cloud"] * 3


@faces
@pytest.mark.parametrize("status", [204, 301, 503])
def test_only_a_response_with_200_has_regions(face, status, caplog):
    """Whatever its body says; a log line names the status."""
    transport = Scripted(["wss://a.livekit.cloud"], demo_livekit_cloud=[refusal(503), GOOD])
    transport.discovery_status = status
    assert call(face, transport).sid == "RM_1"
    assert transport.went_to == ["demo.livekit.cloud"] * 2
    assert f"regions of https://demo.livekit.cloud: HTTP {status}" in caplog.messages


@faces
def test_self_hosted_and_switched_off_stay_where_they_are(face):
    """The same host is tried again; no list is read."""
    for url, options in (("wss://lk.example.com", {}), (CLOUD, {"failover": False})):
        host = url.partition("//")[2]
        transport = Scripted(
            ["wss://a.livekit.cloud"], **{host.replace(".", "_"): [refusal(502), GOOD]}
        )
        assert call(face, transport, url, **options).sid == "RM_1"
        assert (transport.went_to, transport.discoveries) == ([host] * 2, 0)


@faces
def test_451_rereads_the_regions_past_the_cache(face):
    """Also for calls that are otherwise never repeated."""
    transport = Scripted(["wss://a.livekit.cloud"], demo_livekit_cloud=refusal(451))
    call(face, transport, times=3, kind=Idempotency.UNSAFE)
    assert transport.went_to == ["demo.livekit.cloud", "a.livekit.cloud"] * 3
    assert transport.discoveries == 3


@faces
def test_the_list_is_kept_as_long_as_it_says(face):
    """One reading for three failing calls; three when it may not be kept."""
    for age, readings in ((60, 1), (0, 3)):
        transport = Scripted(
            ["wss://a.livekit.cloud"], max_age=age, demo_livekit_cloud=refusal(503)
        )
        call(face, transport, times=3)
        assert transport.discoveries == readings


@faces
def test_a_stale_list_is_used_when_it_cannot_be_read_again(face):
    """It was good once, which is better than nothing."""
    transport = Scripted(["wss://a.livekit.cloud"], max_age=0, demo_livekit_cloud=refusal(503))
    answers = iter([["wss://a.livekit.cloud"], None])
    transport.hosts["a.livekit.cloud"] = GOOD
    original = transport._answer

    def answer(request):
        if request.method == "GET":
            transport.regions = next(answers)
        return original(request)

    transport._answer = answer
    call(face, transport, times=2)
    assert transport.went_to == ["demo.livekit.cloud", "a.livekit.cloud"] * 2


@faces
def test_no_stranger_is_shown_the_token(face):
    """Every request with a token went to an allowed host over https."""
    listed = ["wss://evil.example.com", "ws://a.livekit.cloud", "wss://demo.livekit.cloud.evil.com"]
    transport = Scripted(listed, demo_livekit_cloud=refusal(503))
    with pytest.raises(errors.UnavailableError):
        call(face, transport)
    assert set(transport.went_to) == {"demo.livekit.cloud"}


def test_discovery_is_shared_by_calls_that_want_it_together():
    """Twenty failing calls at once, one reading: async."""
    transport = Scripted(["wss://a.livekit.cloud"], max_age=0, demo_livekit_cloud=refusal(503))
    transport.delay = 0.05

    async def work():
        async with LiveKitAPI(CLOUD, KEY, SECRET, transport=transport) as api:
            await asyncio.gather(*[api.room.create_room(name="x") for _ in range(20)])

    asyncio.run(work())
    assert transport.discoveries == 1


def test_discovery_is_shared_by_threads_that_want_it_together():
    """Eight failing calls at once, one reading: sync."""
    transport = Scripted(["wss://a.livekit.cloud"], max_age=0, demo_livekit_cloud=refusal(503))
    transport.delay = 0.2
    with SyncLiveKitAPI(CLOUD, KEY, SECRET, transport=transport) as api:
        threads = [
            threading.Thread(target=lambda: api.room.create_room(name="x")) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert transport.discoveries == 1
    assert transport.went_to.count("a.livekit.cloud") == 8


@faces
def test_slow_discovery_does_not_outlive_the_deadline(face):
    """The call ends with the error that it had."""
    transport = Scripted(["wss://a.livekit.cloud"], demo_livekit_cloud=refusal(503))
    transport.delay = 5.0
    began = time.monotonic()
    with pytest.raises(errors.LiveKitError):
        call(face, transport, timeout=0.3)
    assert time.monotonic() - began < 2


@faces
def test_local_regions_can_be_allowed_for_tests(face):
    """Over http, on other ports."""
    rules = Failover(domains=("127.0.0.1",), insecure=True)
    transport = Scripted(["http://127.0.0.1:2"])
    transport.hosts["127.0.0.1:1"] = refusal(503)
    call(face, transport, "http://127.0.0.1:1", failover=rules)
    assert transport.went_to == ["127.0.0.1:1", "127.0.0.1:2"]


@faces
def test_hooks_see_each_attempt(face):
    """Requests, answers and retries, in order, without anything secret."""
    seen: list[object] = []
    transport = Scripted(demo_livekit_cloud=[refusal(503), GOOD])
    call(
        face,
        transport,
        failover=False,
        on_request=seen.append,
        on_response=seen.append,
        on_retry=seen.append,
    )
    kinds = [type(event).__name__ for event in seen]
    assert kinds == ["RequestInfo", "ResponseInfo", "RetryInfo", "RequestInfo", "ResponseInfo"]
    assert [event.attempt for event in seen] == [1, 1, 1, 2, 2]
    assert seen[2].reason == "HTTP 503 unavailable"
    assert len({event.request_id for event in seen}) == 1
    assert SECRET not in repr(seen)
    assert "Bearer" not in repr(seen)


@faces
def test_calls_are_recorded_inside_the_block_only(face):
    """Status, headers, attempts, region and error of each call."""
    transport = Scripted(
        demo_livekit_cloud=[
            refusal(503),
            GOOD,
            refusal(404, "not_found"),
            errors.ConnectError("no"),
        ]
    )
    method, request = row(Idempotency.SAFE), CreateRoomRequest(name="demo")
    options = {"transport": transport, "failover": False}

    def check(calls):
        good, missing, unreachable = calls
        assert (good.status, good.error, good.region) == (200, None, "demo.livekit.cloud")
        assert [a.outcome for a in good.attempts] == ["HTTP 503 unavailable", "HTTP 200"]
        assert isinstance(missing.error, errors.NotFoundError)
        assert missing.headers["content-type"] == "application/json"
        assert unreachable.status is None
        assert len(unreachable.attempts) == 3

    if face == "sync":
        api = SyncLiveKitAPI(CLOUD, KEY, SECRET, **options)
        with api.record_calls() as calls:
            api.call(method, request)
            for kind in (errors.NotFoundError, errors.ConnectError):
                with pytest.raises(kind):
                    api.call(method, request)
        check(calls)
        return

    async def work():
        api = LiveKitAPI(CLOUD, KEY, SECRET, **options)
        with api.record_calls() as calls, api.record_calls() as inner:
            await api.call(method, request)
            for kind in (errors.NotFoundError, errors.ConnectError):
                with pytest.raises(kind):
                    await api.call(method, request)
        assert inner == calls
        return calls

    check(asyncio.run(work()))


def test_records_of_concurrent_tasks_do_not_mix():
    """Each block has its own calls."""

    async def work():
        api = LiveKitAPI(CLOUD, KEY, SECRET, transport=Scripted())

        async def some(number):
            with api.record_calls() as calls:
                for _ in range(number):
                    await api.room.create_room(name="x")
            return len(calls)

        return await asyncio.gather(some(1), some(2), some(3))

    assert asyncio.run(work()) == [1, 2, 3]


@faces
def test_retries_are_logged_without_secrets(face, caplog):
    """A warning per retry with the request id; at debug level each attempt."""
    caplog.set_level(logging.DEBUG, logger="lkapi")
    transport = Scripted(demo_livekit_cloud=[refusal(503), GOOD])
    call(face, transport, failover=False)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "RoomService/CreateRoom: attempt 1 at https://demo.livekit.cloud failed" in warnings[0]
    assert SECRET not in caplog.text
    assert "Bearer" not in caplog.text
    assert "eyJ" not in caplog.text


@faces
def test_options_of_a_copy(face):
    """Timeout, headers and retries change; connections are shared; the original stays."""
    transport = Scripted(demo_livekit_cloud=refusal(503))
    kind = SyncLiveKitAPI if face == "sync" else LiveKitAPI
    api = kind(CLOUD, KEY, SECRET, transport=transport, headers={"X-One": "1"}, failover=False)
    copy = api.with_options(timeout=3, headers={"X-Two": "2"}, retry=NO_RETRY)
    assert type(copy) is kind
    for client, attempts in ((copy, 1), (api, 3)):
        transport.seen.clear()
        with pytest.raises(errors.UnavailableError):
            _create(client)
        assert len(transport.seen) == attempts
    assert "x-two" not in transport.seen[0].headers
    assert transport.seen[0].headers["x-one"] == "1"
    assert copy._options.timeout == 3
    assert api._options == attrs.evolve(
        api._options, timeout=10, retry=RetryPolicy(), hooks=Hooks()
    )


def _create(client):
    made = client.room.create_room(name="x")
    return asyncio.run(made) if asyncio.iscoroutine(made) else made


def test_headers_that_cannot_be_sent_are_refused():
    """Broken ones, and those that lkapi sets itself."""
    for headers, told in (
        ({"Authorization": "Bearer x"}, "set by lkapi"),
        ({"Bad Name": "x"}, "not a header name"),
        ({"X": "line\r\nbreak"}, "does not allow"),
    ):
        with pytest.raises(errors.SettingsError, match=told):
            LiveKitAPI(CLOUD, KEY, SECRET, headers=headers)


def test_cancelling_cancels_at_once():
    """During an attempt and during a wait, without another attempt."""

    class Stuck(Scripted):
        async def asend(self, request):
            self.seen.append(request)
            await asyncio.sleep(30)
            raise AssertionError

    async def work(transport, **options):
        api = LiveKitAPI(CLOUD, KEY, SECRET, transport=transport, failover=False, **options)
        task = asyncio.ensure_future(api.room.create_room(name="x"))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    stuck = Stuck()
    asyncio.run(work(stuck))
    assert len(stuck.seen) == 1
