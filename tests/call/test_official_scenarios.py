"""The scenarios that every official SDK tests its failover with, against the test server's twin.

With ``LK_TEST_SERVER_URL`` set they run against the official test server itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

import pytest

from lkapi import errors
from lkapi.auth import AccessToken, VideoGrants
from lkapi.client import LiveKitAPI
from lkapi.devserver import MockServer, RegionalFrontEnd, World, WorldConfig
from lkapi.methods.info import Idempotency
from lkapi.methods.sip import CREATE_SIP_PARTICIPANT
from lkapi.rpc.records import CallRecord
from lkapi.rpc.regions import Failover
from lkapi.rpc.retry import without_waits
from lkapi.sync import SyncLiveKitAPI

KEY, SECRET = "devkey", "secret"
LOCAL = Failover(domains=("127.0.0.1", "localhost"), insecure=True)
faces = pytest.mark.parametrize("face", ["async", "sync"])


@pytest.fixture(scope="module")
def url():
    official = os.environ.get("LK_TEST_SERVER_URL")
    if official:
        yield official
        return
    world = World(config=WorldConfig(profile="cloud", keys={KEY: SECRET}))
    with RegionalFrontEnd(MockServer(world)) as front:
        yield front.urls[0]


@pytest.fixture(autouse=True)
def _no_waits():
    with without_waits():
        yield


def perform(
    face: str, url: str, work: Any, mock: dict[str, Any], **options: Any
) -> tuple[Any, CallRecord]:
    """Make one call under a fault; its result and its record."""
    headers = {"X-Lk-Mock": json.dumps({"skipAuth": True, "delayMs": 0, **mock})}
    options = {"failover": LOCAL, "headers": headers, **options}
    if face == "sync":
        with SyncLiveKitAPI(url, KEY, SECRET, **options) as api, api.record_calls() as calls:
            try:
                return work(api), calls[0]
            except errors.LiveKitError as error:
                return error, calls[0]

    async def run() -> tuple[Any, CallRecord]:
        async with LiveKitAPI(url, KEY, SECRET, **options) as api:
            with api.record_calls() as calls:
                try:
                    return await work(api), calls[0]
                except errors.LiveKitError as error:
                    return error, calls[0]

    return asyncio.run(run())


def finished(made: Any) -> Any:
    """What a call of either client returned."""
    return asyncio.run(made) if asyncio.iscoroutine(made) else made


def create(api: Any) -> Any:
    return api.room.create_room(name="demo", metadata="m", empty_timeout=300)


def served_by(record: CallRecord) -> str:
    return record.headers.get("x-lk-mock-region", "")


@faces
@pytest.mark.parametrize(
    ("mock", "region"),
    [
        ({}, "0"),
        ({"failRegions": [0]}, "1"),
        ({"failRegions": [0, 1]}, "2"),
        ({"failRegions": [0], "failMode": "drop"}, "1"),
        ({"failRegions": [0], "failStatus": 500}, "1"),
        ({"pinnedRegions": ["region-2"]}, "2"),
    ],
)
def test_a_healthy_region_serves(face, url, mock, region):
    """Primary or first two down, by status or dropped connection, or not allowed there."""
    room, record = perform(face, url, create, mock)
    assert (room.name, room.metadata, room.empty_timeout) == ("demo", "m", 300)
    assert served_by(record) == region
    assert (
        len(record.attempts) == {"0": 1, "1": 2, "2": 2 if "pinnedRegions" in mock else 3}[region]
    )


@faces
@pytest.mark.parametrize(
    ("mock", "options", "kind", "attempts"),
    [
        ({"failRegions": [0, 1, 2, 3]}, {}, errors.UnavailableError, 3),
        ({"failRegions": [0], "failStatus": 400}, {}, errors.InvalidArgumentError, 1),
        ({"failRegions": [0], "regionsStatus": 500}, {}, errors.UnavailableError, 3),
        ({"failRegions": [0]}, {"failover": False}, errors.UnavailableError, 2),
        ({"failRegions": [0]}, {"failover": Failover()}, errors.UnavailableError, 2),
    ],
    ids=["all down", "4xx", "discovery down", "switched off", "not a cloud host"],
)
def test_other_faults_are_errors(face, url, mock, options, kind, attempts):
    """With the code that the server gave."""
    error, record = perform(face, url, create, mock, **options)
    assert type(error) is kind
    assert len(record.attempts) == attempts


@faces
def test_a_short_time_is_one_attempt(face, url):
    """Below five seconds nothing is kept back for a second one."""
    began = time.monotonic()
    error, record = perform(face, url, create, {"delayMs": 2000}, timeout=0.3)
    assert time.monotonic() - began < 1.5
    assert isinstance(error, errors.RequestTimeoutError)
    assert [attempt.outcome[:9] for attempt in record.attempts] == ["timed out"]


@faces
@pytest.mark.parametrize(
    ("status", "reads"),
    [(486, "busy"), (603, "declined"), (408, "no_answer"), (503, "carrier_failure")],
)
def test_phone_calls_end_as_they_ended(face, url, status, reads):
    """The SIP status decides, the call is placed once."""
    assert CREATE_SIP_PARTICIPANT.idempotency is Idempotency.UNSAFE
    mock = {"sipStatus": {"code": status, "status": "Told So"}}
    error, record = perform(
        face,
        url,
        lambda api: api.call(
            CREATE_SIP_PARTICIPANT, sip_trunk_id="ST_x", sip_call_to="+15550100", room_name="demo"
        ),
        mock,
    )
    assert isinstance(error, errors.SIPCallError)
    assert getattr(error, reads)
    assert (error.sip_status_code, error.sip_status) == (status, "Told So")
    assert len(record.attempts) == 1


@faces
def test_a_missing_grant_is_a_credentials_error(face, url):
    """403 here, 401 on a real server: one class for both."""
    kind = SyncLiveKitAPI if face == "sync" else LiveKitAPI
    grantless = AccessToken(KEY, SECRET).with_grants(VideoGrants(room_list=True)).to_jwt()
    for token, expected in (
        (grantless, errors.PermissionDeniedError),
        ("e30.e30.e30", errors.UnauthenticatedError),
    ):
        api = kind(url, token=token, failover=LOCAL)
        with pytest.raises(errors.CredentialsError) as caught:
            finished(api.room.create_room(name="demo"))
        assert type(caught.value) is expected
