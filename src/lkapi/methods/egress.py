"""The rows of the Egress service: recording and streaming out of rooms.

Starts get a long timeout: a recorded server without an egress worker refused after 21 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.egress import (
    EgressInfo,
    ListEgressRequest,
    ListEgressResponse,
    ParticipantEgressRequest,
    RoomCompositeEgressRequest,
    StartEgressRequest,
    StopEgressRequest,
    TrackCompositeEgressRequest,
    TrackEgressRequest,
    UpdateLayoutRequest,
    UpdateStreamRequest,
    WebEgressRequest,
)

if TYPE_CHECKING:
    from lkapi.message import Message

START_SECONDS: Final = 30.0
"""Seconds for a start: a recorded server looked for an egress worker for 21 s."""

_RECORD = Needs.of(video={"roomRecord": True})


def _record(_: Message) -> Needs:
    return _RECORD


def _start(_: Message) -> float:
    """30 s, since finding a recorder can take long."""
    return START_SECONDS


START_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartEgress",
    request=StartEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
START_ROOM_COMPOSITE_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartRoomCompositeEgress",
    request=RoomCompositeEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
START_WEB_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartWebEgress",
    request=WebEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
START_PARTICIPANT_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartParticipantEgress",
    request=ParticipantEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
START_TRACK_COMPOSITE_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartTrackCompositeEgress",
    request=TrackCompositeEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
START_TRACK_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StartTrackEgress",
    request=TrackEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    timeout=_start,
    old_keyword="start",
)
UPDATE_LAYOUT: Final = MethodInfo(
    service="Egress",
    name="UpdateLayout",
    request=UpdateLayoutRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.SAFE,
    old_keyword="update",
)
UPDATE_STREAM: Final = MethodInfo(
    service="Egress",
    name="UpdateStream",
    request=UpdateStreamRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.KEYED,
    old_keyword="update",
)
LIST_EGRESS: Final = MethodInfo(
    service="Egress",
    name="ListEgress",
    request=ListEgressRequest,
    response=ListEgressResponse,
    needs=_record,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
STOP_EGRESS: Final = MethodInfo(
    service="Egress",
    name="StopEgress",
    request=StopEgressRequest,
    response=EgressInfo,
    needs=_record,
    idempotency=Idempotency.SAFE,
    old_keyword="stop",
)
