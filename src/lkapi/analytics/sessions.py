"""The values of the Analytics API: sessions, their participants, and samples over time."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TypeAlias

import attrs

__all__ = [
    "ConnectionCounts",
    "Moment",
    "ParticipantSession",
    "PublishedSources",
    "Sample",
    "SessionDetails",
    "SessionEgress",
    "SessionParticipant",
    "SessionSummary",
]

Moment: TypeAlias = datetime | None
"""A time with a timezone; None if the API sent none."""


class SessionEgress(enum.IntEnum):
    """Whether a session was recorded or streamed."""

    NEVER_STARTED = 0
    ACTIVE = 1
    ENDED = 2


@attrs.frozen(kw_only=True)
class ConnectionCounts:
    """How often participants tried to connect."""

    attempts: int = 0
    success: int = 0


@attrs.frozen(kw_only=True)
class SessionSummary:
    """One session as the list shows it."""

    session_id: str
    """Id for ``get_session``; the same as the room's sid (``RM_…``)."""
    room_name: str = ""
    created_at: Moment = None
    ended_at: Moment = None
    """None while the session runs."""
    last_active: Moment = None
    bandwidth_in: int = 0
    """Bytes."""
    bandwidth_out: int = 0
    """Bytes."""
    egress: SessionEgress | int = SessionEgress.NEVER_STARTED
    num_participants: int = 0
    num_active_participants: int = 0
    connection_counts: ConnectionCounts = ConnectionCounts()


@attrs.frozen(kw_only=True)
class Sample:
    """One value at one time."""

    timestamp: Moment = None
    value: float = 0.0


@attrs.frozen(kw_only=True)
class PublishedSources:
    """Which kinds of tracks a participant published."""

    camera_track: bool = False
    microphone_track: bool = False
    screen_share_track: bool = False
    screen_share_audio: bool = False


@attrs.frozen(kw_only=True)
class ParticipantSession:
    """One stay of a participant; a reconnect begins a new one."""

    participant_id: str = ""
    joined_at: Moment = None
    left_at: Moment = None


@attrs.frozen(kw_only=True)
class SessionParticipant:
    """A participant who was in a session."""

    participant_identity: str = ""
    participant_name: str = ""
    room_id: str = ""
    joined_at: Moment = None
    left_at: Moment = None
    location: str = ""
    region: str = ""
    connection_type: str = ""
    """``UDP`` for example."""
    connection_time_ms: int = 0
    device_model: str = ""
    os: str = ""
    browser: str = ""
    sdk_version: str = ""
    """``JS 2.15.7`` for example."""
    published_sources: PublishedSources = PublishedSources()
    sessions: tuple[ParticipantSession, ...] = ()


@attrs.frozen(kw_only=True)
class SessionDetails:
    """Everything known about one session."""

    room_id: str = ""
    room_name: str = ""
    bandwidth: int = 0
    """Billable bytes."""
    start_time: Moment = None
    end_time: Moment = None
    num_participants: int = 0
    connection_minutes: float = 0.0
    """Billable minutes."""
    quality: tuple[Sample, ...] = ()
    publish_bps: tuple[Sample, ...] = ()
    participants: tuple[SessionParticipant, ...] = ()
