"""Durations and times: timedelta and datetime for the reader, exact nanoseconds on the wire."""

from __future__ import annotations

import datetime as dt

import pytest

from lkapi.errors import DecodeError
from lkapi.protocol.agent_dispatch import AgentDispatchState
from lkapi.protocol.egress import EgressInfo, EgressStatus
from lkapi.protocol.models import ParticipantInfo, Room
from lkapi.protocol.sip import CreateSIPParticipantRequest, SIPCallInfo, SIPInboundTrunkInfo
from lkapi.protocol.webhook import WebhookEvent

UTC = dt.timezone.utc
NOON = dt.datetime(2024, 1, 31, 12, tzinfo=UTC)


class Parts:
    """Shaped like protobuf's Duration and Timestamp."""

    def __init__(self, seconds, nanos):
        self.seconds = seconds
        self.nanos = nanos


@pytest.mark.parametrize(
    ("given", "read", "json"),
    [
        (dt.timedelta(seconds=1.5), dt.timedelta(seconds=1.5), "1.500s"),
        (30, dt.timedelta(seconds=30), "30s"),
        (0, dt.timedelta(0), "0s"),
        (0.25, dt.timedelta(seconds=0.25), "0.250s"),
        (-1.5, dt.timedelta(seconds=-1.5), "-1.500s"),
        (-0.5, dt.timedelta(seconds=-0.5), "-0.500s"),
        (
            dt.timedelta(days=-1, microseconds=1),
            dt.timedelta(days=-1, microseconds=1),
            "-86399.999999s",
        ),
        (Parts(1, 5), dt.timedelta(seconds=1), "1.000000005s"),
        (Parts(-1, -5), dt.timedelta(seconds=-1), "-1.000000005s"),
        (315_576_000_000, dt.timedelta(seconds=315_576_000_000), "315576000000s"),
    ],
)
def test_durations_are_taken_in_several_forms(given, read, json):
    """timedelta, seconds, or an object with seconds and nanos."""
    request = CreateSIPParticipantRequest(ringing_timeout=given)
    assert request.ringing_timeout == read
    assert request.to_dict() == {"ringingTimeout": json}
    assert CreateSIPParticipantRequest.from_bytes(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("given", "read", "json"),
    [
        (NOON, NOON, "2024-01-31T12:00:00Z"),
        (
            dt.datetime(2024, 1, 31, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            NOON,
            "2024-01-31T12:00:00Z",
        ),
        (NOON.timestamp(), NOON, "2024-01-31T12:00:00Z"),
        (1_700_000_000.123456, None, "2023-11-14T22:13:20.123456Z"),
        (0, dt.datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00Z"),
        (
            -0.5,
            dt.datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC),
            "1969-12-31T23:59:59.500Z",
        ),
        (Parts(0, 7), dt.datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00.000000007Z"),
        (dt.datetime.min.replace(tzinfo=UTC), None, "0001-01-01T00:00:00Z"),
        (dt.datetime.max.replace(tzinfo=UTC), None, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times_are_taken_in_several_forms(given, read, json):
    """Aware datetimes of any zone, seconds since 1970, or an object with seconds and nanos."""
    trunk = SIPInboundTrunkInfo(created_at=given)
    assert trunk.to_dict() == {"createdAt": json}
    if read is not None:
        assert trunk.created_at == read
    assert trunk.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("created_at", -1e12, "years 1 to 9999"),
        ("created_at", dt.datetime(2024, 1, 31), "no timezone"),  # noqa: DTZ001
        ("created_at", float("nan"), "finite"),
        ("created_at", 1e12, "years 1 to 9999"),
        ("ringing_timeout", float("inf"), "finite"),
        ("ringing_timeout", 315_576_000_001, "10000 years"),
    ],
)
def test_impossible_times_are_value_errors(field, value, why):
    """The error names message and field."""
    with pytest.raises(ValueError, match=rf"SIPInboundTrunkInfo\.{field}: .*{why}"):
        SIPInboundTrunkInfo(**{field: value})


@pytest.mark.parametrize("wrong", ["2024-01-31T12:00:00Z", True, [1]])
def test_other_types_are_no_time(wrong):
    """Text is for JSON."""
    with pytest.raises(TypeError, match=r"SIPInboundTrunkInfo\.created_at takes aware datetime"):
        SIPInboundTrunkInfo(created_at=wrong)


@pytest.mark.parametrize(
    "text",
    ["2023-11-14T22:13:20+24:00", "2023-11-14T22:13:20+00:60", "0001-01-01T00:00:00+01:00"],
)
def test_json_times_outside_of_rfc_3339_are_refused(text):
    """Offsets and years have their limits."""
    with pytest.raises(DecodeError, match=r"SIPInboundTrunkInfo\.created_at"):
        SIPInboundTrunkInfo.from_dict({"createdAt": text})


@pytest.mark.parametrize("parts", [{"seconds": 2**60}, {"nanos": -1}, {"nanos": 10**9}])
def test_impossible_times_of_the_wire_have_no_json(parts):
    """They decode, and their bytes survive."""
    raw = SIPInboundTrunkInfo.__layout__.raw_class(created_at=parts)
    trunk = SIPInboundTrunkInfo.from_bytes(raw.SerializeToString())
    assert trunk.to_bytes() == raw.SerializeToString()
    with pytest.raises(ValueError, match=r"SIPInboundTrunkInfo\.created_at: .* no JSON form"):
        trunk.to_dict()


def nanosecond_trunk():
    return SIPInboundTrunkInfo.from_json(
        '{"createdAt":"2024-01-31T12:00:00.123456789Z","ringingTimeout":"1.000000001s","name":"a"}'
    )


def test_reading_a_time_keeps_its_nanoseconds():
    """Python holds microseconds; bytes, JSON and equality keep what the wire said."""
    trunk, untouched = nanosecond_trunk(), nanosecond_trunk()
    assert trunk.created_at == NOON.replace(microsecond=123456)
    assert trunk.ringing_timeout == dt.timedelta(seconds=1)
    trunk.name = "b"
    trunk.name = "a"
    assert trunk == untouched
    assert trunk.to_bytes() == untouched.to_bytes()
    assert trunk.to_dict()["createdAt"] == "2024-01-31T12:00:00.123456789Z"
    assert trunk.copy().to_bytes() == untouched.to_bytes()


def test_assigning_the_value_that_was_read_keeps_the_nanoseconds():
    """Only a different value is a change."""
    trunk = nanosecond_trunk()
    trunk.created_at = trunk.created_at
    trunk.ringing_timeout = trunk.ringing_timeout
    assert trunk == nanosecond_trunk()
    trunk.created_at += dt.timedelta(microseconds=1)
    assert trunk.to_dict()["createdAt"] == "2024-01-31T12:00:00.123457Z"


def test_times_are_unset_by_none():
    """And an explicit zero is set."""
    request = CreateSIPParticipantRequest(ringing_timeout=0)
    assert request.to_bytes() != b""
    request.ringing_timeout = None
    assert (request.ringing_timeout, request.to_bytes()) == (None, b"")


def test_a_refused_time_leaves_the_old_one():
    """Nothing is half written."""
    trunk = nanosecond_trunk()
    for wrong in (Parts("x", 0), Parts(0, 2**40), Parts(0, "x")):
        with pytest.raises((TypeError, ValueError), match=r"SIPInboundTrunkInfo\.created_at"):
            trunk.created_at = wrong
    assert trunk == nanosecond_trunk()


def test_raw_numbers_have_datetimes_beside_them():
    """Whatever unit the wire counts in; 0 is None."""
    assert Room(creation_time=1_706_702_400).created_time == NOON
    assert Room(creation_time=1, creation_time_ms=1_706_702_400_000).created_time == NOON
    assert ParticipantInfo(joined_at_ms=1_706_702_400_000).joined_time == NOON
    assert ParticipantInfo(joined_at=1_706_702_400).joined_time == NOON
    info = EgressInfo(started_at=1_706_702_400_000_000_000, ended_at=1_706_702_400_000_001_999)
    assert info.started_time == NOON
    assert info.ended_time == NOON + dt.timedelta(microseconds=1)
    assert info.updated_time is None
    dispatch = AgentDispatchState(created_at=1_706_702_400_000_000_000)
    assert (dispatch.created_time, dispatch.deleted_time) == (NOON, None)
    assert WebhookEvent(created_at=1_706_702_400).created_time == NOON
    call = SIPCallInfo(created_at_ns=1_706_702_400_000_000_000)
    assert (call.created_time, call.started_time, call.ended_time) == (NOON, None, None)
    assert Room().created_time is None


def test_an_egress_knows_whether_it_is_over_and_went_well():
    """Terminal are complete, failed, aborted and limit reached; the first and last went well."""
    over = {status for status in EgressStatus if EgressInfo(status=status).is_terminal}
    well = {status for status in EgressStatus if EgressInfo(status=status).succeeded}
    assert {status.name for status in over} == {
        "EGRESS_COMPLETE",
        "EGRESS_FAILED",
        "EGRESS_ABORTED",
        "EGRESS_LIMIT_REACHED",
    }
    assert {status.name for status in well} == {"EGRESS_COMPLETE", "EGRESS_LIMIT_REACHED"}
    assert not EgressInfo(status=99).is_terminal
