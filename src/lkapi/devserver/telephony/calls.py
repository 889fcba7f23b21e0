"""Phone calls: dialled, received, transferred, hung up. Each is a participant of its room."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.devserver.runtime.forgetting import forget_oldest
from lkapi.devserver.telephony.callees import (
    DECLINED,
    NO_ANSWER,
    Callee,
    call_error,
    refusing_callee,
)
from lkapi.devserver.telephony.number_format import called_number
from lkapi.devserver.telephony.phone_call import CALL_ID, STATUS, PhoneCall
from lkapi.devserver.telephony.saved_calls import load_call, save_call
from lkapi.devserver.telephony.transfers import begin_transfer, fail_transfer, finish_transfer
from lkapi.errors import APIError
from lkapi.protocol.models import DisconnectReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.people import People
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.runtime.call_time import CallTime
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.snapshots.values import Saved
    from lkapi.devserver.telephony.callees import Callees
    from lkapi.devserver.telephony.inbound import InboundRouting
    from lkapi.protocol.sip import (
        CreateSIPParticipantRequest,
        SIPOutboundTrunkInfo,
        SIPTransferInfo,
    )

__all__ = ["Calls"]

ANSWER_LIMIT: Final = 80.0
"""Seconds that the server waits until a call is answered, by default."""
RINGING: Final = 30.0
"""Seconds that a transfer may ring by default."""
_REASONS: Final = {
    480: DisconnectReason.USER_UNAVAILABLE,
    486: DisconnectReason.USER_UNAVAILABLE,
    600: DisconnectReason.USER_UNAVAILABLE,
    408: DisconnectReason.USER_UNAVAILABLE,
    603: DisconnectReason.USER_REJECTED,
    607: DisconnectReason.USER_REJECTED,
}


class Calls:
    """Every call of a world, oldest first."""

    def __init__(
        self,
        runtime: Runtime,
        rooms: RoomManager,
        *,
        inbound: InboundRouting,
        callees: Callees,
    ) -> None:
        self._runtime = runtime
        self._rooms = rooms
        self._callees = callees
        self._inbound = inbound
        self._by_id: dict[str, PhoneCall] = {}
        self._dialling: dict[str, PhoneCall] = {}
        self.on_answered: list[Callable[[PhoneCall], None]] = []
        """Called with each dialled call that is answered."""
        runtime.add_due_work(self._settle)

    def all(self) -> list[PhoneCall]:
        """Every call so far; of more than ten thousand, the oldest ended ones are deleted."""
        with self._runtime.lock:
            self._runtime.settle()
            return list(self._by_id.values())

    def find(self, call_id: str) -> PhoneCall | None:
        """The call with an id such as ``SCL_…``."""
        with self._runtime.lock:
            self._runtime.settle()
            return self._by_id.get(call_id)

    def dial(
        self,
        time: CallTime,
        request: CreateSIPParticipantRequest,
        trunk: SIPOutboundTrunkInfo | None,
    ) -> PhoneCall:
        """Place a call, and wait until it is answered if ``wait_until_answered`` is set.

        Raises:
            APIError: the callee did not answer.
        """
        callee = self._callees.find(request.sip_call_to)
        ringing = request.ringing_timeout
        seconds = ringing.total_seconds() if ringing else 0.0
        limit = seconds if seconds > 0 else math.inf
        if not request.wait_until_answered:
            return self._start(request, trunk, _give_up_after(callee, limit))
        rings = min(callee.rings, limit)
        time.wait_for_worker(rings, ANSWER_LIMIT)
        if callee.rings > limit:
            raise call_error(*NO_ANSWER)
        if not callee.answers:
            raise callee.refusal(self._runtime.config.server_version)
        placed = self._start(request, trunk, Callee())
        self._answer(placed)
        return placed

    def transfer(
        self, time: CallTime, participant: SimulatedParticipant, target: str, ringing: float
    ) -> SIPTransferInfo:
        """Transfer a call to another number; its participant leaves the room.

        Raises:
            APIError: the target did not answer.
        """
        call_id = participant.info.attributes.get(CALL_ID, "")
        known = self._by_id.get(call_id)
        transfer = begin_transfer(self._runtime, call_id, target)
        if known is not None:
            known.transfers.append(transfer)
        callee = self._callees.find(target)
        try:
            time.wait_for_worker(callee.rings, ringing if ringing > 0 else RINGING)
            if not callee.answers:
                raise callee.refusal(self._runtime.config.server_version)
        except APIError as error:
            fail_transfer(self._runtime, transfer, callee, error)
            raise
        finish_transfer(self._runtime, transfer)
        if known is not None:
            known.transferred_to = target
        self._end(participant, DisconnectReason.CLIENT_INITIATED)
        return transfer

    def take(
        self, caller: str, called: str, *, pin: str = "", attributes: dict[str, str] | None = None
    ) -> PhoneCall:
        """Simulate a call from outside; trunk and dispatch rules decide which room it joins.

        Args:
            caller: number of the caller.
            called: the called number.
            pin: the PIN that the caller enters; empty for none, and then only rules without a PIN
                match.
            attributes: further attributes of the participant, as from SIP headers.

        Raises:
            CallNotTakenError: no trunk has the number, no rule matches, or the PIN is wrong.
            APIError: the room is full.
        """
        with self._runtime.lock:
            self._runtime.settle()
            routed = self._inbound.route(caller, called, pin)
            call_id = self._runtime.ids.make("SCL_")
            participant = self._inbound.join(routed, call_id, attributes or {})
            taken = PhoneCall(
                call_id=call_id,
                direction="inbound",
                number=called_number(caller),
                trunk_id=routed.call.trunk_id,
                participant=participant,
                answered_at=self._runtime.clock.now(),
            )
            return self._note(taken)

    def answer(self, call_id: str) -> None:
        """The callee picks up a ringing call; nothing happens if it is not ringing.

        Raises:
            KeyError: there is no call with the id.
        """
        with self._runtime.lock:
            self._runtime.settle()
            placed = self._by_id[call_id]
            if call_id in self._dialling and placed.participant.connected:
                self._answer(placed)

    def decline(self, call_id: str, status: int = DECLINED[0]) -> None:
        """A ringing call ends with a SIP status; nothing happens if it is not ringing.

        Raises:
            KeyError: there is no call with the id.
            ValueError: for a status that is not a failure (300 to 699).
        """
        refusing = refusing_callee(status)
        with self._runtime.lock:
            self._runtime.settle()
            placed = self._by_id[call_id]
            if call_id in self._dialling:
                placed.callee = refusing
                self._finish(placed)

    def hang_up(self, call_id: str) -> None:
        """The far end hangs up; nothing happens if the call has ended.

        Raises:
            KeyError: there is no call with the id.
        """
        with self._runtime.lock:
            self._end(self._by_id[call_id].participant, DisconnectReason.CLIENT_INITIATED)

    def save(self, people: People) -> dict[str, Any]:
        """The calls as part of a snapshot."""
        calls = [save_call(placed, people) for placed in self._by_id.values()]
        return {"calls": calls, "dialling": list(self._dialling)}

    def load(self, saved: Saved, people: People) -> Callable[[], None]:
        """Read what ``save`` wrote; the function returned puts it in place.

        Raises:
            SnapshotError: naming what cannot be read.
        """
        calls = [load_call(item, people) for item in saved.at("calls").items()]
        dialling = set(saved.at("dialling").texts())

        def put() -> None:
            self._by_id = {placed.call_id: placed for placed in calls}
            self._dialling = {key: self._by_id[key] for key in self._by_id if key in dialling}

        return put

    def _settle(self) -> None:
        """Answer or end the dialled calls that are due."""
        now = self._runtime.clock.now()
        due = [placed for placed in self._dialling.values() if placed.ends_at <= now]
        for placed in due:
            self._finish(placed)

    def _start(
        self,
        request: CreateSIPParticipantRequest,
        trunk: SIPOutboundTrunkInfo | None,
        callee: Callee,
    ) -> PhoneCall:
        number = request.sip_call_to
        call_id = self._runtime.ids.make("SCL_")
        trunk_id = trunk.sip_trunk_id if trunk else ""
        caller = request.sip_number or (trunk.numbers[0] if trunk else "")
        attributes = {
            **request.participant_attributes,
            CALL_ID: call_id,
            STATUS: "dialing",
            "sip.trunkID": trunk_id,
        }
        if not request.hide_phone_number:
            attributes |= {"sip.phoneNumber": number, "sip.trunkPhoneNumber": caller}
        identity = request.participant_identity or f"sip_{number}"
        participant = join_as_service(
            self._rooms,
            request.room_name,
            identity,
            kind="sip",
            name=request.participant_name,
            metadata=request.participant_metadata,
            attributes=attributes,
        )
        placed = PhoneCall(
            call_id=call_id,
            direction="outbound",
            number=called_number(number),
            trunk_id=trunk_id,
            participant=participant,
            callee=callee,
            ends_at=self._runtime.clock.now() + callee.rings,
        )
        self._dialling[call_id] = placed
        return self._note(placed)

    def _finish(self, placed: PhoneCall) -> None:
        self._dialling.pop(placed.call_id, None)
        if not placed.participant.connected:
            return
        if placed.callee.answers:
            self._answer(placed)
            return
        failure = DisconnectReason.SIP_TRUNK_FAILURE
        self._end(placed.participant, _REASONS.get(placed.callee.status, failure))

    def _answer(self, placed: PhoneCall) -> None:
        self._dialling.pop(placed.call_id, None)
        placed.answered_at = self._runtime.clock.now()
        self._set_status(placed.participant, "active")
        for callback in self.on_answered:
            callback(placed)

    def _end(self, participant: SimulatedParticipant, reason: DisconnectReason) -> None:
        if participant.connected:
            self._set_status(participant, "hangup")
            participant.leave(reason)

    @staticmethod
    def _set_status(participant: SimulatedParticipant, status: str) -> None:
        participant.info.attributes[STATUS] = status
        participant.touch()

    def _note(self, placed: PhoneCall) -> PhoneCall:
        self._by_id[placed.call_id] = placed
        forget_oldest(self._by_id, lambda each: not each.participant.connected)
        return placed


def _give_up_after(callee: Callee, limit: float) -> Callee:
    """The callee's behaviour if the caller gives up after so many seconds."""
    if callee.rings <= limit:
        return callee
    return Callee(status=NO_ANSWER[0], reason=NO_ANSWER[1], rings=limit)
