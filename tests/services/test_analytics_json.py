"""The JSON of the Analytics API is read in all spellings, or refused with the place of fault."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from lkapi.analytics import (
    ConnectionCounts,
    ParticipantSession,
    PublishedSources,
    Sample,
    SessionEgress,
    SessionParticipant,
    SessionSummary,
)
from lkapi.analytics.reading import read_details, read_sessions
from lkapi.errors import DecodeError

NOON = datetime(2025, 9, 29, 12, tzinfo=timezone.utc)
LISTED = {
    "sessionId": "RM_a",
    "roomName": "demo",
    "createdAt": "2025-09-29T12:00:00Z",
    "endedAt": "2025-09-29T12:00:00.5Z",
    "lastActive": "2025-09-29T12:00:00.123456789Z",
    "bandwidthIn": 1,
    "bandwidthOut": "2",
    "egress": 2,
    "numParticipants": 3,
    "numActiveParticipants": "0",
    "connectionCounts": {"attempts": 4, "success": "3"},
}
SUMMARY = SessionSummary(
    session_id="RM_a",
    room_name="demo",
    created_at=NOON,
    ended_at=NOON.replace(microsecond=500_000),
    last_active=NOON.replace(microsecond=123_456),
    bandwidth_in=1,
    bandwidth_out=2,
    egress=SessionEgress.ENDED,
    num_participants=3,
    connection_counts=ConnectionCounts(attempts=4, success=3),
)


def listing(*sessions: object) -> bytes:
    return json.dumps({"sessions": sessions}).encode()


def snake(value: object) -> object:
    """The same JSON with the older spelling of its keys."""
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(item)
        for key, item in value.items()
    }


def test_documented_list() -> None:
    """Every documented field arrives, typed; numbers may be text."""
    assert read_sessions(listing(LISTED)) == (SUMMARY,)


def test_older_spelling() -> None:
    """snake_case keys mean the same."""
    assert read_sessions(listing(snake(LISTED))) == (SUMMARY,)


def test_absent_null_and_new_fields() -> None:
    """What is missing or null is the default; what is new is ignored."""
    body = listing({"sessionId": "RM_b", "endedAt": None, "lastActive": "", "later": [1]})
    assert read_sessions(body) == (SessionSummary(session_id="RM_b"),)
    assert read_sessions(b"{}") == ()
    assert read_sessions(b'{"sessions": null}') == ()


def test_unknown_egress_state_stays_a_number() -> None:
    """A state newer than this library is no error."""
    (session,) = read_sessions(listing({"sessionId": "a", "egress": 9}))
    assert session.egress == 9


def test_numbers_with_a_fraction() -> None:
    """Byte counts may come as floating point, as number or text."""
    (session,) = read_sessions(
        listing({"sessionId": "a", "bandwidthIn": 5.0, "bandwidthOut": "1e3"})
    )
    assert (session.bandwidth_in, session.bandwidth_out) == (5, 1000)


def test_timestamp_as_parts() -> None:
    """A protobuf Timestamp may come as an object."""
    body = listing(
        {"sessionId": "a", "createdAt": {"seconds": str(int(NOON.timestamp())), "nanos": 0}}
    )
    assert read_sessions(body)[0].created_at == NOON


def test_documented_details() -> None:
    """The details carry curves and participants with their stays."""
    details = read_details(
        json.dumps(
            {
                "roomId": "RM_a",
                "roomName": "demo",
                "bandwidth": "77",
                "startTime": "2025-09-29T12:00:00Z",
                "endTime": "2025-09-29T14:00:00+02:00",
                "numParticipants": 1,
                "connectionMinutes": "2",
                "quality": [{"timestamp": "2025-09-29T12:00:00Z", "value": 4.5}],
                "publishBps": [{"timestamp": "2025-09-29T12:00:00", "value": "100"}],
                "participants": [
                    {
                        "participantIdentity": "ann",
                        "connectionTimeMs": 12,
                        "sdkVersion": "JS 2.15.7",
                        "publishedSources": {"cameraTrack": True, "screenShareAudio": "true"},
                        "sessions": [{"participantId": "PA_1", "joinedAt": "2025-09-29T12:00:00Z"}],
                    }
                ],
            }
        ).encode()
    )
    assert (details.bandwidth, details.connection_minutes, details.end_time) == (77, 2.0, NOON)
    assert details.quality == (Sample(timestamp=NOON, value=4.5),)
    assert details.publish_bps == (Sample(timestamp=NOON, value=100.0),)
    assert details.participants == (
        SessionParticipant(
            participant_identity="ann",
            connection_time_ms=12,
            sdk_version="JS 2.15.7",
            published_sources=PublishedSources(camera_track=True, screen_share_audio=True),
            sessions=(ParticipantSession(participant_id="PA_1", joined_at=NOON),),
        ),
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "expected an object"),
        (b'{"sessions": 3}', "sessions"),
        (listing([]), r"answer.sessions\[0\]"),
        (listing({"roomName": "a"}), r"sessions\[0\].session_id"),
        (listing({"sessionId": 5}), r"sessions\[0\].session_id"),
        (listing({"sessionId": "a", "createdAt": "yesterday"}), "created_at"),
        (listing({"sessionId": "a", "createdAt": 5}), "created_at"),
        (listing({"sessionId": "a", "bandwidthIn": "many"}), "bandwidth_in"),
        (listing({"sessionId": "a", "bandwidthIn": []}), "bandwidth_in"),
    ],
)
def test_refused_answers(body: bytes, told: str) -> None:
    """What is not as documented is a DecodeError that names the place."""
    with pytest.raises(DecodeError, match=told):
        read_sessions(body)
