"""Rooms and participants in a snapshot.

Methods for remote procedure calls are Python functions and are not kept: a restored participant has
none.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from lkapi.devserver.http.claim_types import Grants
from lkapi.devserver.http.claims import Claims
from lkapi.devserver.rooms.participants import ReceivedData, SimulatedParticipant
from lkapi.devserver.rooms.people import People
from lkapi.devserver.rooms.room_state import RoomState
from lkapi.devserver.snapshots.values import write_bytes, write_message, write_messages
from lkapi.protocol.agent_dispatch import AgentDispatch
from lkapi.protocol.models import DisconnectReason, ParticipantInfo, Room
from lkapi.protocol.room import CreateRoomRequest, RoomConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.rooms.participants import ParticipantHost, ParticipantRoom
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved

__all__ = ["load_rooms", "save_rooms"]


def save_rooms(rooms: Mapping[str, RoomState], people: People) -> dict[str, Any]:
    """The open rooms, everyone in them, and everyone else that a part of the snapshot refers to."""
    saved = [_save_room(room, people) for room in rooms.values()]
    open_sids = {room.info.sid for room in rooms.values()}
    closed: dict[str, ParticipantRoom] = {}
    for participant in list(people.by_sid.values()):
        if participant.room.info.sid not in open_sids:
            closed[participant.room.info.sid] = participant.room
    return {
        "open": saved,
        "closed": [write_message(room.info) for room in closed.values()],
        "participants": [_save_participant(who, people) for who in people.by_sid.values()],
    }


def _save_room(room: RoomState, people: People) -> dict[str, Any]:
    for participant in room.participants.values():
        for copy in participant.copies:
            if copy.connected:
                people.refer(copy)
    return {
        "info": write_message(room.info),
        "request": write_message(room.request),
        "created_at": room.created_at,
        "left_at": room.left_at,
        "counted_at": room.counted_at,
        "participants": [people.refer(who) for who in room.participants.values()],
        "dispatches": write_messages(room.dispatches.values()),
        "nonces": [write_bytes(nonce) for nonce in room.nonces],
    }


def _save_participant(who: SimulatedParticipant, people: People) -> dict[str, Any]:
    copies = [copy.sid for copy in who.copies if copy.sid in people.by_sid]
    return {
        "room": who.room.info.sid,
        "info": write_message(who.info),
        "claims": _save_claims(who.claims),
        "response": write_message(who.response),
        "received": [
            {"payload": write_bytes(each.payload), "topic": each.topic, "kind": int(each.kind)}
            for each in who.received
        ],
        "room_metadata": who.room_metadata,
        "disconnect_reason": (
            None if who.disconnect_reason is None else int(who.disconnect_reason)
        ),
        "unsubscribed": sorted(who.unsubscribed),
        "copies": copies,
    }


def _save_claims(claims: Claims) -> dict[str, Any]:
    return {
        "api_key": claims.api_key,
        "identity": claims.identity,
        "groups": {name: group for name, group in claims.grants.groups.items() if group},
        "top": dict(claims.grants.top),
        "room_config": write_message(claims.grants.room_config),
    }


def load_rooms(
    saved: Saved, runtime: Runtime, host: ParticipantHost
) -> tuple[dict[str, RoomState], People]:
    """The open rooms by name, and everyone in the snapshot.

    Raises:
        SnapshotError: naming what cannot be read.
    """
    states = [_load_room(item) for item in saved.at("open").items()]
    by_sid = {room.info.sid: room for room in states}
    for item in saved.at("closed").items():
        info = item.message(Room)
        by_sid[info.sid] = RoomState(info, CreateRoomRequest(name=info.name), 0.0)
    people = People()
    for item in saved.at("participants").items():
        who = _load_participant(item, by_sid, runtime, host)
        people.by_sid[who.sid] = who
    for item in saved.at("participants").items():
        who = people.by_sid[item.at("info").message(ParticipantInfo).sid]
        who.copies = [people.find(copy) for copy in item.at("copies").items()]
    for room, item in zip(states, saved.at("open").items(), strict=True):
        here = [people.find(reference) for reference in item.at("participants").items()]
        room.participants = {who.identity: who for who in here}
    return {room.name: room for room in states}, people


def _load_room(saved: Saved) -> RoomState:
    dispatches = saved.at("dispatches").messages(AgentDispatch)
    nonces = [item.content() for item in saved.at("nonces").items()]
    return RoomState(
        info=saved.at("info").message(Room),
        request=saved.at("request").message(CreateRoomRequest),
        created_at=saved.at("created_at").number(),
        dispatches={dispatch.id: dispatch for dispatch in dispatches},
        left_at=saved.at("left_at").maybe_number(),
        counted_at=saved.at("counted_at").number(),
        nonces=OrderedDict.fromkeys(nonces),
    )


def _load_participant(
    saved: Saved, rooms: Mapping[str, RoomState], runtime: Runtime, host: ParticipantHost
) -> SimulatedParticipant:
    from lkapi.protocol.rtc import (
        JoinResponse,
    )  # a large module, used only by joins

    room = rooms.get(saved.at("room").text())
    if room is None:
        raise saved.at("room").error("refers to a room that is not in the snapshot")
    return SimulatedParticipant(
        runtime=runtime,
        host=host,
        room=room,
        claims=_load_claims(saved.at("claims")),
        info=saved.at("info").message(ParticipantInfo),
        response=saved.at("response").message(JoinResponse),
        received=[_load_data(item) for item in saved.at("received").items()],
        room_metadata=saved.at("room_metadata").text(),
        disconnect_reason=_load_reason(saved.at("disconnect_reason")),
        unsubscribed=set(saved.at("unsubscribed").texts()),
    )


def _load_claims(saved: Saved) -> Claims:
    groups = saved.at("groups").members()
    grants = Grants(
        groups={
            name: {flag: item.value for flag, item in group.members().items()}
            for name, group in groups.items()
        },
        top={name: item.value for name, item in saved.at("top").members().items()},
        room_config=saved.at("room_config").maybe_message(RoomConfiguration),
    )
    return Claims(
        api_key=saved.at("api_key").text(), identity=saved.at("identity").text(), grants=grants
    )


def _load_data(saved: Saved) -> ReceivedData:
    return ReceivedData(
        payload=saved.at("payload").content(),
        topic=saved.at("topic").text(),
        kind=saved.at("kind").integer(),
    )


def _load_reason(saved: Saved) -> DisconnectReason | int | None:
    if saved.missing:
        return None
    number = saved.integer()
    return DisconnectReason(number) if number in list(DisconnectReason) else number
