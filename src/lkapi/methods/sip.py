"""The rows of the SIP service: trunks, dispatch rules and phone calls.

A call that waits for the callee takes as long as it rings; 2 s more bring the answer back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lkapi.method import Idempotency, MethodInfo, Needs
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
"""How long a call rings if the request does not say."""
RINGING_MARGIN_SECONDS: Final = 2.0
"""What the answer to a call needs beyond its ringing."""

_ADMIN = Needs.of(sip={"admin": True})
_CALL = Needs.of(sip={"call": True})


def _admin(_: Message) -> Needs:
    return _ADMIN


def _call(_: Message) -> Needs:
    return _CALL


def _transfer(request: TransferSIPParticipantRequest) -> Needs:
    return Needs.of(sip={"call": True}, video={"roomAdmin": True, "room": request.room_name})


def _ringing(request: CreateSIPParticipantRequest | TransferSIPParticipantRequest) -> float:
    """``ringing_timeout`` (30 s unless set) and 2 s."""
    rings = request.ringing_timeout
    seconds = rings.total_seconds() if rings else DEFAULT_RINGING_SECONDS
    return seconds + RINGING_MARGIN_SECONDS


def _dial_seconds(request: CreateSIPParticipantRequest) -> float | None:
    """With ``wait_until_answered``: ``ringing_timeout`` (30 s unless set) and 2 s."""
    return _ringing(request) if request.wait_until_answered else None


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
)
CREATE_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="CreateSIPOutboundTrunk",
    request=CreateSIPOutboundTrunkRequest,
    response=SIPOutboundTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
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
)
LIST_SIP_OUTBOUND_TRUNK: Final = MethodInfo(
    service="SIP",
    name="ListSIPOutboundTrunk",
    request=ListSIPOutboundTrunkRequest,
    response=ListSIPOutboundTrunkResponse,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    empty_ok=True,
)
DELETE_SIP_TRUNK: Final = MethodInfo(
    service="SIP",
    name="DeleteSIPTrunk",
    request=DeleteSIPTrunkRequest,
    response=SIPTrunkInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
)
CREATE_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="CreateSIPDispatchRule",
    request=CreateSIPDispatchRuleRequest,
    response=SIPDispatchRuleInfo,
    needs=_admin,
    idempotency=Idempotency.KEYED,
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
)
DELETE_SIP_DISPATCH_RULE: Final = MethodInfo(
    service="SIP",
    name="DeleteSIPDispatchRule",
    request=DeleteSIPDispatchRuleRequest,
    response=SIPDispatchRuleInfo,
    needs=_admin,
    idempotency=Idempotency.SAFE,
    deletes=True,
)
CREATE_SIP_PARTICIPANT: Final = MethodInfo(
    service="SIP",
    name="CreateSIPParticipant",
    request=CreateSIPParticipantRequest,
    response=SIPParticipantInfo,
    needs=_call,
    idempotency=Idempotency.UNSAFE,
    timeout=_dial_seconds,
)
TRANSFER_SIP_PARTICIPANT: Final = MethodInfo(
    service="SIP",
    name="TransferSIPParticipant",
    request=TransferSIPParticipantRequest,
    response=TransferSIPParticipantResponse,
    needs=_transfer,
    idempotency=Idempotency.UNSAFE,
    timeout=_ringing,
)
