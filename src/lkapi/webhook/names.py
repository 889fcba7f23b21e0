"""The names of webhook events. LiveKit may add more: an unknown name is never an error."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeAlias

__all__ = ["EVENT_NAMES", "EventName", "WebhookEventType"]


class WebhookEventType(str, enum.Enum):
    """The events that are known today; each equals its name."""

    ROOM_STARTED = "room_started"
    ROOM_FINISHED = "room_finished"
    PARTICIPANT_JOINED = "participant_joined"
    """Its media is connected; leaving before that is ``participant_connection_aborted``."""
    PARTICIPANT_LEFT = "participant_left"
    PARTICIPANT_CONNECTION_ABORTED = "participant_connection_aborted"
    """The participant left before its media was connected: no joined or left event follows."""
    TRACK_PUBLISHED = "track_published"
    TRACK_UNPUBLISHED = "track_unpublished"
    EGRESS_STARTED = "egress_started"
    EGRESS_UPDATED = "egress_updated"
    EGRESS_ENDED = "egress_ended"
    INGRESS_STARTED = "ingress_started"
    INGRESS_ENDED = "ingress_ended"
    AGENT_JOB_STARTED = "agent_job_started"
    AGENT_JOB_ENDED = "agent_job_ended"

    def __str__(self) -> str:
        return self.value


KnownEventName: TypeAlias = Literal[
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "track_published",
    "track_unpublished",
    "egress_started",
    "egress_updated",
    "egress_ended",
    "ingress_started",
    "ingress_ended",
    "agent_job_started",
    "agent_job_ended",
]

EventName: TypeAlias = KnownEventName | WebhookEventType | str
"""The name of an event: editors complete the known ones, any text is accepted."""

EVENT_NAMES: Final = frozenset(kind.value for kind in WebhookEventType)
"""The names that are known today."""
