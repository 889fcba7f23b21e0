"""What can be done to rooms and participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.shown import Command
from lkapi.presentation.texts import show_count

if TYPE_CHECKING:
    from lkapi.console.console import Console

__all__ = ["ROOM_ACTIONS"]


async def _ends_room(console: Console, request: Any) -> str:
    room = (await console.store.read("rooms")).find("name", request.room)
    if room is None:
        return "There is no such room now."
    egress = (await console.store.read(f"room-egress:{request.room}")).value or ()
    going = [one for one in egress if not one.is_terminal]
    also = f" and {show_count(len(going), 'recording')}" if going else ""
    return f"Ends the room for {show_count(room.num_participants, 'participant')}{also}."


async def _ends_participant(console: Console, request: Any) -> str:
    people = await console.store.read(f"room:{request.room}")
    person = people.find("identity", request.identity)
    if person is None:
        return "There is no such participant now."
    tracks = show_count(len(person.tracks), "track")
    return f"Disconnects {request.identity}, who publishes {tracks}. Their token stays valid."


async def _person(console: Console, given: Form) -> Any:
    people = await console.store.read(f"room:{given.get('room', '')}")
    person = people.find("identity", given.get("identity", ""))
    if person is None:
        return None
    return lkapi.UpdateParticipantRequest(
        name=person.name,
        metadata=person.metadata,
        attributes=dict(person.attributes),
        permission=person.permission,
    )


async def _room(console: Console, given: Form) -> Any:
    room = (await console.store.read("rooms")).find("name", given.get("room", ""))
    return None if room is None else lkapi.UpdateRoomMetadataRequest(metadata=room.metadata)


_IN_ROOM: Final = ("room", "identity")
_PERSON: Final = ("rooms", "room", "calls")
_PERMISSIONS: Final = tuple(
    f"permission.{name}"
    for name in (
        "can_subscribe", "can_publish", "can_publish_data", "can_publish_sources",
        "can_update_metadata", "hidden", "can_subscribe_metrics",
    )
)  # fmt: skip

ROOM_ACTIONS: Final = (
    CallAction(
        name="room.create",
        title="Create room",
        row_name="room.CREATE_ROOM",
        fields=(
            "name", "empty_timeout", "departure_timeout", "max_participants", "metadata", "agents",
        ),
        required=("name",),
        helps={
            "empty_timeout": "How long the room stays open before anyone joins: 10m.",
            "departure_timeout": "How long it stays open after the last one left: 20s.",
            "agents": 'Agents to dispatch, a JSON list: [{"agent_name": "helper"}].',
        },
        about="Rooms are also created when the first participant joins.",
        command=Command(words="room create", arguments=("name",)),
        topics=("rooms",),
        done="Room {name} is open.",
    ),
    CallAction(
        name="room.delete",
        title="Delete room",
        row_name="room.DELETE_ROOM",
        fixed=("room",),
        required=("room",),
        command=Command(words="room delete", arguments=("room",), asks=True),
        destroys=True,
        what_ends=_ends_room,
        topics=("rooms", "room", "egress-now", "egress"),
        done="Room {room} was ended.",
    ),
    CallAction(
        name="room.metadata",
        title="Update room metadata",
        row_name="room.UPDATE_ROOM_METADATA",
        fixed=("room",),
        required=("room",),
        before=_room,
        about="Replaces the metadata; everyone in the room is notified.",
        command=Command(words="room update", arguments=("room",)),
        topics=("rooms",),
        done="The metadata of {room} was replaced.",
    ),
    CallAction(
        name="room.data",
        title="Send data",
        row_name="room.SEND_DATA",
        fixed=("room",),
        fields=("data", "kind", "topic", "destination_identities"),
        required=("room", "data"),
        start={"kind": "reliable"},
        helps={"destination_identities": "One identity a line; everyone when empty."},
        command=Command(
            words="room send-data", arguments=("room", "data"),
            flags={"destination_identities": "--to"},
        ),
        done="Sent to {room}.",
    ),
    CallAction(
        name="participant.mute",
        title="Mute track",
        row_name="room.MUTE_PUBLISHED_TRACK",
        fixed=(*_IN_ROOM, "track_sid"),
        required=(*_IN_ROOM, "track_sid"),
        fields=("track_sid",),
        preset={"muted": True},
        command=Command(),
        button="Mute",
        topics=("room",),
        done="{track_sid} of {identity} is muted.",
    ),
    CallAction(
        name="participant.unmute",
        title="Unmute track",
        row_name="room.MUTE_PUBLISHED_TRACK",
        fixed=(*_IN_ROOM, "track_sid"),
        required=(*_IN_ROOM, "track_sid"),
        fields=("track_sid",),
        preset={"muted": False},
        about="Servers refuse this unless remote unmuting is enabled for the project.",
        command=Command(),
        button="Unmute",
        topics=("room",),
        done="{track_sid} of {identity} is not muted any more.",
    ),
    CallAction(
        name="participant.remove",
        title="Remove participant",
        row_name="room.REMOVE_PARTICIPANT",
        fixed=_IN_ROOM,
        fields=_IN_ROOM,
        required=_IN_ROOM,
        command=Command(words="participant remove", arguments=_IN_ROOM, asks=True),
        destroys=True,
        what_ends=_ends_participant,
        topics=_PERSON,
        done="{identity} was removed from {room}.",
    ),
    CallAction(
        name="participant.update",
        title="Update participant",
        row_name="room.UPDATE_PARTICIPANT",
        fixed=_IN_ROOM,
        fields=("name", "metadata", "attributes"),
        required=_IN_ROOM,
        before=_person,
        helps={
            "name": "Unchanged when empty.",
            "metadata": "Unchanged when empty.",
            "attributes": "One KEY=VALUE a line; KEY= deletes it, those not named stay.",
        },
        command=Command(words="participant update", arguments=_IN_ROOM),
        topics=_PERSON,
        done="{identity} was updated.",
    ),
    CallAction(
        name="participant.permissions",
        title="Change permissions",
        row_name="room.UPDATE_PARTICIPANT",
        fixed=_IN_ROOM,
        fields=_PERMISSIONS,
        required=_IN_ROOM,
        before=_person,
        about="Replaces all permissions: what is not ticked is taken away.",
        helps={"permission.can_publish_sources": "One source a line; all when empty."},
        command=Command(words="participant update", arguments=_IN_ROOM),
        topics=_PERSON,
        done="The permissions of {identity} were replaced.",
    ),
    CallAction(
        name="participant.subscriptions",
        title="Change subscriptions",
        row_name="room.UPDATE_SUBSCRIPTIONS",
        fixed=_IN_ROOM,
        fields=("track_sids", "subscribe"),
        required=(*_IN_ROOM, "track_sids"),
        helps={"track_sids": "One a line.", "subscribe": "Unticked: unsubscribe from them."},
        topics=("room",),
        done="The subscriptions of {identity} were changed.",
    ),
    CallAction(
        name="participant.move",
        title="Move to another room",
        row_name="room.MOVE_PARTICIPANT",
        fixed=_IN_ROOM,
        fields=("destination_room",),
        required=(*_IN_ROOM, "destination_room"),
        destroys=True,
        what_ends=_ends_participant,
        about="LiveKit Cloud only.",
        topics=_PERSON,
        done="{identity} was moved to {destination_room}.",
    ),
    CallAction(
        name="participant.forward",
        title="Forward to another room",
        row_name="room.FORWARD_PARTICIPANT",
        fixed=_IN_ROOM,
        fields=("destination_room",),
        required=(*_IN_ROOM, "destination_room"),
        about="The tracks appear in the other room as well. LiveKit Cloud only.",
        topics=_PERSON,
        done="{identity} is forwarded to {destination_room}.",
    ),
    CallAction(
        name="participant.rpc",
        title="Call a method of the participant",
        row_name="room.PERFORM_RPC",
        fixed=("room", "destination_identity"),
        fields=("method", "payload", "response_timeout_ms"),
        required=("room", "destination_identity", "method"),
        labels={"response_timeout_ms": "Response timeout"},
        shows_result=True,
        done="{destination_identity} answered.",
    ),
)  # fmt: skip
