"""Messages as a user's program sees them: fields, enums, results. Never executed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack, assert_type

from lkapi.message import AnyValue, Message, accept, redacted
from lkapi.protocol import models as m
from lkapi.protocol.agent_dispatch import RoomAgentDispatch
from lkapi.protocol.agent_pb.agent_session import DebugMessage
from lkapi.protocol.agent_simulation import SimulationRun
from lkapi.protocol.egress import EgressInfo, EncodedFileOutput, RoomCompositeEgressRequest
from lkapi.protocol.models import AUDIO, ParticipantInfo, Room, RTPStats, TrackInfo, TrackType
from lkapi.protocol.room import CreateRoomRequest, RoomEgress, SendDataRequest
from lkapi.protocol.sip import CreateSIPParticipantRequest, SIPCallInfo

if TYPE_CHECKING:
    from lkapi.protocol.room import CreateRoomRequestFields


def building() -> None:
    """Keywords are typed; iterables, mappings and raw enum numbers are taken."""
    request = CreateRoomRequest(
        name="demo",
        empty_timeout=600,
        tags={"a": "b"},
        agents=(RoomAgentDispatch(agent_name=name) for name in ("x", "y")),
        egress=RoomEgress(room=RoomCompositeEgressRequest(preset=1, file_outputs=[])),
    )
    assert_type(request.name, str)
    assert_type(request.tags, dict[str, str])
    assert_type(request.agents, list[RoomAgentDispatch])
    assert_type(request.egress, RoomEgress | None)
    TrackInfo(type=TrackType.AUDIO, source=m.CAMERA, width=1)
    TrackInfo(type=7)
    CreateSIPParticipantRequest(ringing_timeout=30)
    CreateSIPParticipantRequest(ringing_timeout=dt.timedelta(seconds=30), display_name=None)
    DebugMessage(payload={"a": [1, None, {"b": "c"}]})
    SIPCallInfo(call_context=[Room(), AnyValue("x")])
    SimulationRun.Create.Request(agent_name="x")


def mistakes() -> None:
    """What the type checkers refuse."""
    Room(nam="x")  # type: ignore[call-arg]
    Room("x")  # type: ignore[call-arg]
    Room(name=5)  # type: ignore[arg-type]
    Room().nam = "x"  # type: ignore[attr-defined]
    Room().name = 5  # type: ignore[assignment]
    _ = Room().nothing  # type: ignore[attr-defined]
    EncodedFileOutput(s3=Room())  # type: ignore[arg-type]


def reading(info: ParticipantInfo, egress: EgressInfo, call: CreateSIPParticipantRequest) -> None:
    """Attributes have the types of Python."""
    assert_type(info.state, ParticipantInfo.State)
    assert_type(info.tracks, list[TrackInfo])
    assert_type(info.tracks[0].type, TrackType)
    assert_type(info.joined_at, int)
    assert_type(info.joined_time, dt.datetime | None)
    assert_type(call.ringing_timeout, dt.timedelta | None)
    assert_type(call.display_name, str | None)
    assert_type(egress.is_terminal, bool)
    assert_type(SendDataRequest().data, bytes)
    assert_type(RTPStats().bytes, int)
    assert_type(TrackType.Name(AUDIO), str)


def methods(room: Room, theirs: Any) -> None:
    """The class is kept by whatever makes a message."""
    assert_type(Room.from_bytes(b""), Room)
    assert_type(Room.from_json("{}", strict=True), Room)
    assert_type(room.copy(name="x"), Room)
    assert_type(room.to_bytes(), bytes)
    assert_type(room.to_dict(emit_defaults=True), dict[str, Any])
    assert_type(room.which_oneof("x"), str | None)
    assert_type(accept(Room, theirs), Room)
    assert_type(redacted(room, pii=True), str)
    assert_type(AnyValue.pack(room).unpack(Room), Room)
    message: Message = room
    match message:
        case Room(name=name):
            assert_type(name, str)
        case _:
            pass


def create(**fields: Unpack[CreateRoomRequestFields]) -> CreateRoomRequest:
    """The TypedDict of the keywords goes straight into the constructor."""
    return CreateRoomRequest(**fields)


def use() -> None:
    """And types the keywords of the function that has it."""
    create(name="x", empty_timeout=1)
    create(nam="x")  # type: ignore[call-arg]
    create(name=1)  # type: ignore[arg-type]
