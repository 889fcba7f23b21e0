"""The values of LiveKit Cloud's Analytics API: past sessions (rooms from first join to end).

Plain values, not protocol messages: the API is JSON only. ``api.analytics`` reads them.
"""

from __future__ import annotations

from lkapi.analytics.sessions import (
    ConnectionCounts,
    Moment,
    ParticipantSession,
    PublishedSources,
    Sample,
    SessionDetails,
    SessionEgress,
    SessionParticipant,
    SessionSummary,
)

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
