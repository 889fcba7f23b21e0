"""The rows of the SIP service: trunks, dispatch rules and phone calls.

A call that waits for the callee may take as long as it rings, plus 2 s for the response.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency, MethodInfo, Needs
from lkapi.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    CreateSIPInboundTrunkRequest,
    CreateSIPOutboundTrunkRequest,
    CreateSIPParticipantRequest,
    DeleteSIPDispatchRuleRequest,
    DeleteSIPTrunkRequest,
    GetSIPInboundTrunkRequest,
    GetSIPInboundTrunkResponse,
    GetSIPOutboundTrunkRequest,
    GetSIPOutboundTrunkResponse,
    ListSIPDispatchRuleRequest,
    ListSIPDispatchRuleResponse,
    ListSIPInboundTrunkRequest,
    ListSIPInboundTrunkResponse,
    ListSIPOutboundTrunkRequest,
    ListSIPOutboundTrunkResponse,
    ListSIPTrunkRequest,
    ListSIPTrunkResponse,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
    SIPParticipantInfo,
    SIPTrunkInfo,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
    UpdateSIPDispatchRuleRequest,
    UpdateSIPInboundTrunkRequest,
    UpdateSIPOutboundTrunkRequest,
)

if TYPE_CHECKING:
    from lkapi.message import Message

DEFAULT_RINGING_SECONDS: Final = 30.0
"""Seconds that a call rings by default."""
RINGING_MARGIN_SECONDS: Final = 2.0
"""Seconds that the response needs beyond the ringing."""

_ADMIN = Needs.of(sip={"admin": True})
_CALL = Needs.of(sip={"call": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


def _call(_: Message) -> Needs:
    return _CALL


def _transfer(request: TransferSIPParticipantRequest) -> Needs:
    return Needs.of(sip={"call": True}, video={"roomAdmin": True, "room": request.room_name})


def transfer_seconds(
    request: CreateSIPParticipantRequest | TransferSIPParticipantRequest,
) -> float:
    """``ringing_timeout`` (30 s unless set) plus 2 s."""
    rings = request.ringing_timeout
    seconds = rings.total_seconds() if rings else DEFAULT_RINGING_SECONDS
    return seconds + RINGING_MARGIN_SECONDS


def dial_seconds(request: CreateSIPParticipantRequest) -> float | None:
    """With ``wait_until_answered``: ``ringing_timeout`` (30 s unless set) plus 2 s."""
    return transfer_seconds(request) if request.wait_until_answered else None


_RINGING = timedelta(seconds=DEFAULT_RINGING_SECONDS)


def _prepare_call(request: CreateSIPParticipantRequest) -> CreateSIPParticipantRequest:
    """Send the ringing time with the request, since the client's timeout depends on it."""
    if not request.wait_until_answered or request.ringing_timeout:
        return request
    return request.copy(ringing_timeout=_RINGING)


def _prepare_transfer(request: TransferSIPParticipantRequest) -> TransferSIPParticipantRequest:
    return request if request.ringing_timeout else request.copy(ringing_timeout=_RINGING)


LIST_SIP_TRUNK: Final = MethodInfo(
    service="SIP",
    name="ListSIPTrunk",
    request=ListSIPTrunkRequest,
    response=ListSIPTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
)
CREATE_SIP_INBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="CreateSIPInboundTrunk",
    request=CreateSIPInboundTrunkRequest,
    response=SIPInboundTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    old_keyword="create",
)
CREATE_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="CreateSIPOutboundTrunk",
    request=CreateSIPOutboundTrunkRequest,
    response=SIPOutboundTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    old_keyword="create",
)
UPDATE_SIP_INBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="UpdateSIPInboundTrunk",
    request=UpdateSIPInboundTrunkRequest,
    response=SIPInboundTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
)
UPDATE_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="UpdateSIPOutboundTrunk",
    request=UpdateSIPOutboundTrunkRequest,
    response=SIPOutboundTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
)
GET_SIP_INBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="GetSIPInboundTrunk",
    request=GetSIPInboundTrunkRequest,
    response=GetSIPInboundTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
)
GET_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="GetSIPOutboundTrunk",
    request=GetSIPOutboundTrunkRequest,
    response=GetSIPOutboundTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
)
LIST_SIP_INBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="ListSIPInboundTrunk",
    request=ListSIPInboundTrunkRequest,
    response=ListSIPInboundTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
LIST_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="ListSIPOutboundTrunk",
    request=ListSIPOutboundTrunkRequest,
    response=ListSIPOutboundTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
DELETE_SIP_TRUNK: Final = MethodInfo(
    service="SIP",
    name="DeleteSIPTrunk",
    request=DeleteSIPTrunkRequest,
    response=SIPTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
    old_keyword="delete",
)
CREATE_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="CreateSIPDispatchRule",
    request=CreateSIPDispatchRuleRequest,
    response=SIPDispatchRuleInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
    old_keyword="create",
)
UPDATE_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="UpdateSIPDispatchRule",
    request=UpdateSIPDispatchRuleRequest,
    response=SIPDispatchRuleInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
)
LIST_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="ListSIPDispatchRule",
    request=ListSIPDispatchRuleRequest,
    response=ListSIPDispatchRuleResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
    old_keyword="list",
)
DELETE_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="DeleteSIPDispatchRule",
    request=DeleteSIPDispatchRuleRequest,
    response=SIPDispatchRuleInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
    old_keyword="delete",
)
CREATE_SIP_PARTICIPANT: Final = MethodInfo(
    service="SIP",
    name="CreateSIPParticipant",
    request=CreateSIPParticipantRequest,
    response=SIPParticipantInfo,
    needs=_call,
    idempotency=Idempotency.UNSAFE,
    timeout=dial_seconds,
    old_keyword="create",
    prepare=_prepare_call,
)
TRANSFER_SIP_PARTICIPANT: Final = MethodInfo(
    service="SIP",
    name="TransferSIPParticipant",
    request=TransferSIPParticipantRequest,
    response=TransferSIPParticipantResponse,
    needs=_transfer,
    idempotency=Idempotency.UNSAFE,
    timeout=transfer_seconds,
    old_keyword="transfer",
    prepare=_prepare_transfer,
)
