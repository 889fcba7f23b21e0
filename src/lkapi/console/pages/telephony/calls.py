"""Phone calls: those in progress, those that ended lately, and what can be done to them.

No API lists calls: they are the SIP participants of rooms, and their attributes have the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

import lkapi
from lkapi.console.actions.action import CallAction
from lkapi.console.actions.changing import ChoosingAction
from lkapi.console.actions.shown import Command
from lkapi.presentation.texts import show_duration

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from lkapi.console.console import Console, Heard

__all__ = ["CALL_ACTIONS", "EndedCall", "LiveCall", "ended_calls", "live_calls"]

_STATES: Final = {
    "dialing": "dialling", "ringing": "ringing", "automation": "sending digits",
    "active": "active", "hangup": "hung up",
}  # fmt: skip
_REASON: Final = lkapi.DisconnectReason
_ENDS: Final = {
    _REASON.CLIENT_INITIATED: "hung up by the far end",
    _REASON.PARTICIPANT_REMOVED: "hung up from this side",
    _REASON.ROOM_DELETED: "over, because the room was deleted",
    _REASON.USER_UNAVAILABLE: "busy or not answered",
    _REASON.USER_REJECTED: "declined",
    _REASON.SIP_TRUNK_FAILURE: "failed at the carrier",
}
_MAX_ENDED: Final = 12


@attrs.frozen(kw_only=True)
class LiveCall:
    """A call in progress."""

    person: lkapi.ParticipantInfo
    room: str

    @property
    def call_id(self) -> str:
        """``SCL_…``."""
        return self.person.attributes.get("sip.callID", "")

    @property
    def state(self) -> str:
        """The state in words."""
        told = self.person.attributes.get("sip.callStatus", "")
        return _STATES.get(told, told or "not told")

    @property
    def rings(self) -> bool:
        """Whether it is not answered yet."""
        return self.person.attributes.get("sip.callStatus") in ("dialing", "ringing")

    @property
    def direction(self) -> str:
        """``in`` or ``out``: calls from outside matched a dispatch rule."""
        return "in" if self.rule_id else "out"

    @property
    def number(self) -> str:
        """The number of the far end; empty if it is hidden."""
        return self.person.attributes.get("sip.phoneNumber", "")

    @property
    def own_number(self) -> str:
        """The number on this side."""
        return self.person.attributes.get("sip.trunkPhoneNumber", "")

    @property
    def trunk_id(self) -> str:
        """The trunk that carries it."""
        return self.person.attributes.get("sip.trunkID", "")

    @property
    def rule_id(self) -> str:
        """The dispatch rule that it matched."""
        return self.person.attributes.get("sip.ruleID", "")


@attrs.frozen(kw_only=True)
class EndedCall:
    """A call whose end the console noticed."""

    heard: Heard
    number: str
    room: str
    words: str
    """How it ended."""


def live_calls(calls: Any) -> list[LiveCall]:
    """The rows for what the source ``calls`` has read."""
    if calls is None:
        return []
    pairs = zip(calls.people, calls.rooms, strict=True)
    return [LiveCall(person=person, room=room) for person, room in pairs]


def ended_calls(heard: Iterable[Heard]) -> list[EndedCall]:
    """The calls that ended last, according to the events received, newest first."""
    return [
        EndedCall(
            heard=one,
            number=one.event.participant.attributes.get("sip.phoneNumber", "")
            or one.event.participant.identity,
            room=one.event.room.name if one.event.room else "",
            words=_ENDS.get(_REASON(one.event.participant.disconnect_reason), "over"),
        )
        for one in heard
        if one.event.event == "participant_left"
        and one.event.participant is not None
        and one.event.participant.kind == lkapi.ParticipantInfo.Kind.SIP
    ][-_MAX_ENDED:][::-1]


async def _trunks(console: Console) -> tuple[tuple[str, str], ...]:
    found = (await console.store.get_or_read("sip-outbound")).value or ()
    return tuple(
        (one.sip_trunk_id, f"{one.name or one.sip_trunk_id} ({', '.join(one.numbers[:2])})")
        for one in found
    )


async def _find(console: Console, room: str, identity: str) -> Any:
    return (await console.store.read(f"room:{room}")).find("identity", identity)


def _age(person: Any, now: float) -> str:
    joined: dt.datetime | None = person.joined_time
    if joined is None:
        return "at an unknown time"
    return f"{show_duration(max(0.0, now - joined.timestamp()))} ago"


async def _ends_call(console: Console, request: Any) -> str:
    person = await _find(console, request.room, request.identity)
    if person is None:
        return "There is no such call now."
    call = LiveCall(person=person, room=request.room)
    who = f" with {call.number}" if call.number else ""
    return f"Ends the call{who}, which is {call.state} and began {_age(person, console.now())}."


async def _ends_transfer(console: Console, request: Any) -> str:
    person = await _find(console, request.room_name, request.participant_identity)
    if person is None:
        return "There is no such call now."
    number = LiveCall(person=person, room=request.room_name).number or person.identity
    return f"{number} leaves the room {request.room_name} once {request.transfer_to} has answered."


def _as_target(request: Any) -> None:
    """A bare number becomes a ``tel:`` target."""
    target = request.transfer_to.strip()
    request.transfer_to = f"tel:{target}" if target.startswith("+") else target


_AFTERWARDS: Final = ("calls", "rooms", "room")
_RINGING_HELP: Final = "How long it may ring: 30s. LiveKit's own limit when empty."

CALL_ACTIONS: Final = (
    ChoosingAction(
        name="call.dial",
        title="Dial",
        row_name="sip.CREATE_SIP_PARTICIPANT",
        fields=(
            "sip_trunk_id", "sip_call_to", "room_name", "participant_identity", "participant_name",
            "sip_number", "ringing_timeout", "wait_until_answered", "max_call_duration",
            "play_dialtone", "krisp_enabled", "hide_phone_number", "dtmf", "participant_metadata",
        ),
        required=("sip_trunk_id", "sip_call_to", "room_name"),
        labels={
            "sip_trunk_id": "Outbound trunk",
            "sip_call_to": "Number",
            "room_name": "Room",
            "participant_identity": "Identity",
            "participant_name": "Name",
            "sip_number": "Calling number",
            "hide_phone_number": "Hide the number from the room",
            "krisp_enabled": "Reduce noise",
            "dtmf": "Digits after the answer",
            "participant_metadata": "Metadata",
        },
        helps={
            "sip_call_to": "+14155550101: whom to call.",
            "participant_identity": "Of the callee in the room.",
            "sip_number": "The trunk's first number when empty.",
            "ringing_timeout": _RINGING_HELP,
            "wait_until_answered": "The response then says how the call went: answered, busy, "
            "declined.",
        },
        offers={"sip_trunk_id": _trunks},
        about="This is a real call, which the carrier bills; it is sent once and never "
        "repeated automatically.",
        command=Command(
            words="sip call", arguments=("sip_call_to",),
            flags={
                "sip_trunk_id": "--trunk", "room_name": "--room", "sip_number": "--from",
                "participant_identity": "--identity", "participant_name": "--name",
                "participant_metadata": "--metadata", "wait_until_answered": "--wait",
            },
        ),
        topics=_AFTERWARDS,
        done="{sip_call_to} is called into {room_name}.",
    ),
    CallAction(
        name="call.transfer",
        title="Transfer",
        row_name="sip.TRANSFER_SIP_PARTICIPANT",
        fixed=("room_name", "participant_identity"),
        required=("room_name", "participant_identity", "transfer_to"),
        fields=("transfer_to", "ringing_timeout", "play_dialtone"),
        helps={
            "transfer_to": "+14155550101, or a SIP address: sip:+14155550101@sip.example.com.",
            "ringing_timeout": _RINGING_HELP,
        },
        adjust=_as_target,
        about="The carrier transfers the call (SIP REFER), if the trunk allows it.",
        command=Command(
            words="sip transfer", arguments=("room_name", "participant_identity", "transfer_to")
        ),
        destroys=True,
        what_ends=_ends_transfer,
        topics=_AFTERWARDS,
        done="{participant_identity} was transferred to {transfer_to}.",
    ),
    CallAction(
        name="call.hang_up",
        title="Hang up",
        row_name="room.REMOVE_PARTICIPANT",
        fixed=("room", "identity"),
        fields=("room", "identity"),
        required=("room", "identity"),
        about="Removes the participant of the call; the line is closed.",
        command=Command(words="participant remove", arguments=("room", "identity"), asks=True),
        destroys=True,
        what_ends=_ends_call,
        topics=_AFTERWARDS,
        done="The call of {identity} was hung up.",
    ),
)  # fmt: skip
"""Dial, transfer, hang up."""
