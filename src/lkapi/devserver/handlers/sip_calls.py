"""SIP: calls to the outside, and their transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.participant import find
from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.handlers.workers import require_redis, require_sip_worker
from lkapi.devserver.http.errors import inner_error
from lkapi.devserver.telephony.phone_call import CALL_ID
from lkapi.devserver.telephony.sip_checks import check_dial, check_transfer, trunk_not_found
from lkapi.errors import FailedPreconditionError, InvalidArgumentError
from lkapi.methods.sip import CREATE_SIP_PARTICIPANT, TRANSFER_SIP_PARTICIPANT
from lkapi.protocol.sip import (
    CreateSIPParticipantRequest,
    SIPOutboundTrunkInfo,
    SIPParticipantInfo,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
)

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call


@handles(CREATE_SIP_PARTICIPANT)
def create_participant(call: Call, request: CreateSIPParticipantRequest) -> SIPParticipantInfo:
    """Dial; without an identity the participant is named after the number."""
    require_redis(call, "sip")
    check_dial(request)
    trunk = _find_trunk(call, request)
    _check_caller_number(request, trunk)
    require_sip_worker(call)
    placed = call.world.calls.dial(call, request, trunk)
    return SIPParticipantInfo(
        participant_id=placed.participant.sid,
        participant_identity=placed.participant.identity,
        room_name=request.room_name,
        sip_call_id=placed.call_id,
    )


def _find_trunk(call: Call, request: CreateSIPParticipantRequest) -> SIPOutboundTrunkInfo | None:
    """The trunk by id or by number; None for one that the request itself describes."""
    trunks = call.world.trunks
    if request.sip_trunk_id:
        trunk = trunks.outbound.get(request.sip_trunk_id)
    elif request.trunk is not None:
        return None
    else:
        trunk = trunks.find_outbound(request.sip_number)
    if trunk is None:
        raise trunk_not_found()
    return trunk


def _check_caller_number(
    request: CreateSIPParticipantRequest, trunk: SIPOutboundTrunkInfo | None
) -> None:
    """A call needs a number to call from: the request's, or one of the trunk."""
    if not request.sip_number and (trunk is None or not trunk.numbers):
        raise inner_error(
            FailedPreconditionError, "failed_precondition", "no numbers on outbound trunk"
        )


def _check_names(request: TransferSIPParticipantRequest) -> None:
    """Checked before the grants, as recorded."""
    for what, text in (
        ("room name", request.room_name),
        ("participant identity", request.participant_identity),
    ):
        if not text:
            raise inner_error(InvalidArgumentError, "invalid_argument", f"Missing {what}")


@handles(TRANSFER_SIP_PARTICIPANT, check_before_grants=_check_names)
def transfer_participant(
    call: Call, request: TransferSIPParticipantRequest
) -> TransferSIPParticipantResponse:
    """Transfer a call; a self-hosted server responds with an empty message (recorded)."""
    check_transfer(request)
    participant = find(call, request.room_name, request.participant_identity)
    if CALL_ID not in participant.info.attributes:
        text = "no SIP session associated with participant"
        raise inner_error(InvalidArgumentError, "invalid_argument", text)
    require_sip_worker(call)
    ringing = request.ringing_timeout.total_seconds() if request.ringing_timeout else 0.0
    done = call.world.calls.transfer(call, participant, request.transfer_to, ringing)
    if not call.world.config.cloud:
        return TransferSIPParticipantResponse()
    return TransferSIPParticipantResponse(
        transfer_id=done.transfer_id,
        status=done.transfer_status,
        reason=done.reason,
    )
